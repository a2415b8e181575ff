"""The memory of the processes: locked, keys apart and guarded, and without used secrets."""

import os
import re

import pytest

from support import programs

# The shadow memory of a sanitizer has terabytes and no text.
REGION_MAX = 256 << 20


def regions(pid):
    """Returns the writable regions as first address, size, and flags of the kernel (proc(5))."""
    with open(f"/proc/{pid}/smaps", encoding="ascii") as smaps:
        for text in re.split(r"^(?=[0-9a-f]+-[0-9a-f]+ )", smaps.read(), flags=re.M)[1:]:
            first, end = (int(address, 16) for address in text.split()[0].split("-"))
            if "w" in text.split()[1] and end - first <= REGION_MAX:
                yield first, end - first, re.search(r"^VmFlags: (.*)", text, re.M)[1].split()


def copies(pid, secret):
    """Counts a text in the memory of a process."""
    found = 0
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for first, size, _ in regions(pid):
            memory.seek(first)
            found += memory.read(size).count(secret.encode())
    return found


def assert_gone(secret, *pids):
    """A text that was just sent is erased a moment later."""
    for pid in pids:
        programs.until(lambda: copies(pid, secret) == 0, "nothing is left of the secret")


def locked(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return int(re.search(r"^VmLck:\s+(\d+) kB", status.read(), re.M)[1])


def is_sanitized(name):
    """AddressSanitizer makes mlockall do nothing."""
    with open(programs.program(name), "rb") as file:
        return b"__asan_init" in file.read()


@pytest.fixture(name="held")
def make_held(idle, cloud):
    """Starts a registration that hangs at a step; returns the pid of its worker."""

    def begin(step, token):
        idle.start()
        idle.enable()
        cloud.hold(step)
        idle.begin_registration(token)
        idle.wait_step(step)
        (worker,) = idle.workers()
        return worker

    return begin


def test_what_has_served_is_nowhere_in_memory(idle, cloud, held):
    token = cloud.token()
    worker = held("trust", token)
    key = re.search(r"-----\n(\S+)\n", idle.saved()["privateKey"])[1]
    secret = idle.saved()["enrollment"]["secret"]
    if os.geteuid() != 0:
        # Only root may look.
        with pytest.raises(PermissionError):
            copies(idle.pid, token)
        return
    assert_gone(token, idle.pid, worker)
    # The daemon still needs the secret and has it. The call that the worker is at has it, too, but not the key.
    assert copies(idle.pid, key) >= 1 and copies(idle.pid, secret) >= 1
    assert_gone(key, worker)
    idle.call("Cancel")
    cloud.clear()
    idle.wait_state("unregistered")
    assert_gone(key, idle.pid)
    assert_gone(secret, idle.pid)
    idle.register()
    key = re.search(r"-----\n(\S+)\n", idle.saved()["privateKey"])[1]
    assert copies(idle.pid, key) == 1
    idle.call("Deregister")
    idle.wait_state("unregistered")
    assert_gone(key, idle.pid)


def test_both_lock_their_memory(idle, held):
    worker = held("activation", "x" * 20)
    for pid, name, keys in ((idle.pid, "threatresponsed", 0), (worker, "threatresponse-worker", 256)):
        if is_sanitized(name):
            # OpenSSL's heap for keys is locked by itself.
            assert locked(pid) == keys
        else:
            assert locked(pid) > 1000, name


def test_the_daemon_stays_locked_when_it_has_given_memory_back(registered):
    registered.call("Deregister")
    registered.wait_state("unregistered")
    if is_sanitized("threatresponsed"):
        assert locked(registered.pid) == 0
    else:
        # It is unlocked for the moment of the trim.
        programs.until(lambda: locked(registered.pid) > 1000, "the daemon is locked again")


def test_keys_lie_apart_and_are_in_no_dump(idle, held):
    """Only OpenSSL's heap for keys is left out of dumps."""
    worker = held("activation", "x" * 20)
    apart = [size for _, size, flags in regions(worker) if "dd" in flags]
    assert 256 << 10 in apart
    assert 256 << 10 not in [size for _, size, flags in regions(idle.pid) if "dd" in flags]
