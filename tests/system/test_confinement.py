"""Confinement: programs that are taken over after their work try everything that they should be unable to do."""

import contextlib
import os
import platform
import signal
import socket
from pathlib import Path

import pytest

from support import programs, taken_over

@pytest.fixture(name="target")
def make_target(idle, tmp_path_factory):
    """The target of the attempts: a secret in a folder that this user may write to, and services that listen."""
    folder = tmp_path_factory.mktemp("target")
    (folder / "secret").write_text("secret")
    target = {"ATTEMPT_FILE": str(folder / "secret"), "ATTEMPT_FOLDER": str(folder), "ATTEMPT_STATE": str(idle.state_directory)}
    with contextlib.ExitStack() as services:
        for name in ("BUS", "USERS", "MANAGER", "AGENT", "WORKER", "JOURNAL", "SYSLOG"):
            kind = socket.SOCK_DGRAM if name in ("JOURNAL", "SYSLOG") else socket.SOCK_STREAM
            service = services.enter_context(socket.socket(socket.AF_UNIX, kind))
            target[f"ATTEMPT_{name}"] = str(tmp_path_factory.mktemp("service") / "socket")
            service.bind(target[f"ATTEMPT_{name}"])
            if kind == socket.SOCK_STREAM:
                service.listen()
        abstract = services.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
        target["ATTEMPT_ABSTRACT"] = f"@{folder}"
        abstract.bind(f"\0{folder}")
        abstract.listen()
        yield target
    assert [path.name for path in folder.iterdir()] == ["secret"]
    assert (folder / "secret").read_text() == "secret"
    assert (folder / "secret").stat().st_mode & 0o777 == 0o644


def assert_as_said(kind, text):
    """Every attempt was made and ended as docs/security.md says."""
    found = taken_over.results(text)
    # A sanitizer looks for leaks from a process of its own.
    if "libasan" in programs.run("ldd", programs.program("threatresponsed")).stdout:
        found["make_process_by_clone"] = "ENOSYS"
    # They need a network of their own, which the machine of tests/boot has.
    for name in ("reach_link_local", "reach_multicast"):
        if found[name] == "ECANCELED":
            found[name] = "done"
    assert taken_over.differences(kind, found, platform.release()) == []


def status_of(pid):
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return dict(line.split(":\t", 1) for line in lines)


def test_a_worker_that_is_taken_over_can_do_nothing_but_ask_the_cloud(idle, cloud, target):
    """The worker tries to read the state, write, execute, trace the daemon and listen."""
    script = idle.folder / "worker"
    settings = "".join(f"export {name}='{value}'\n" for name, value in target.items())
    script.write_text(f"#!/bin/sh\n{settings}exec {programs.program('confine/threatresponse-worker')} \"$@\"\n")
    script.chmod(0o755)
    idle.config.write(worker__address=str(script))
    idle.start()
    idle.register()
    programs.until(lambda: "attempts are over" in idle.log(), "the worker tries everything")
    assert_as_said("worker", idle.log())
    assert len(cloud.devices()) == 1


def test_a_daemon_that_is_taken_over_can_only_change_its_state(idle, cloud, target, activator):
    idle.program = "confine/threatresponsed"
    idle.config.write(worker__address=f"unix:{activator}")
    idle.start(env={**target, "ATTEMPT_PID": "1"})
    idle.register()
    assert idle.stop() == 0
    assert_as_said("daemon", idle.log())
    assert len(cloud.devices()) == 1
    # Its own end still works: socket and lock are gone, and the state can be read again.
    assert not idle.socket.exists() and not Path(f"{idle.socket}.lock").exists()
    idle.start(env={**target, "ATTEMPT_PID": "1"})
    assert idle.registration()["state"] == "registered"


def test_the_kernel_knows_that_they_are_confined(idle, cloud, activator):
    idle.config.write(worker__address=f"unix:{activator}")
    idle.start()
    idle.begin_held_registration()
    workers = activator.workers()
    assert len(workers) == 1
    locked = int(status_of(workers[0])["VmLck"].split()[0])
    # A sanitizer needs more memory than can be locked, and locks none.
    assert locked > 1000 or "libasan" in programs.run("ldd", programs.program("threatresponse-worker")).stdout
    for pid in [idle.pid, *workers]:
        status = status_of(pid)
        assert (status["Seccomp"], status["NoNewPrivs"]) == ("2", "1"), pid


def test_a_daemon_that_starts_its_worker_is_not_confined(idle):
    """Its worker would inherit the confinement; the worker confines itself."""
    idle.start()
    assert status_of(idle.pid)["Seccomp"] == "0"


@pytest.mark.complaint("configuration: a reload applies only a part and does not say so")
def test_a_confined_daemon_does_not_turn_to_a_worker_that_it_can_not_start(idle, activator):
    idle.config.write(worker__address=f"unix:{activator}")
    idle.start()
    idle.config.write(worker__address=programs.program("threatresponse-worker"))
    idle.hup()
    assert "worker.address takes effect at the next start" in idle.log()
    idle.register()
    idle.restart()
    idle.call("Renew")
    programs.until(lambda: "The certificate was renewed." in idle.log(), "a renewal")
    assert status_of(idle.pid)["Seccomp"] == "0"


def test_a_worker_of_an_older_configuration_reads_no_new_trust_anchors(idle, cloud, activator):
    """A reload during a registration names other anchors: the next step has a worker of its own."""
    anchors = idle.folder / "anchors.pem"
    anchors.write_bytes((cloud.directory / "tls-ca.pem").read_bytes())
    idle.config.write(worker__address=f"unix:{activator}")
    idle.start()
    idle.enable()
    token = cloud.token()
    os.kill(cloud.process.pid, signal.SIGSTOP)
    idle.begin_registration(token)
    idle.wait_step("context")
    idle.config.write(network__ca_bundle=str(anchors))
    idle.hup()
    os.kill(cloud.process.pid, signal.SIGCONT)
    idle.wait_state("registered")
    assert "tls_untrusted" not in idle.log()
    assert len(cloud.devices()) == 1


def test_a_worker_that_can_not_lock_its_memory_works_and_says_so(idle, cloud):
    script = idle.folder / "worker"
    script.write_text(f'#!/bin/sh\nulimit -l 64\nexec {programs.program("threatresponse-worker")} "$@"\n')
    script.chmod(0o755)
    idle.config.write(worker__address=str(script))
    # To root there is no limit.
    unprivileged = ["setpriv", "--bounding-set", "-ipc_lock", "--inh-caps", "-ipc_lock"]
    idle.start(prefix=unprivileged if os.geteuid() == 0 else [])
    idle.register()
    assert len(cloud.devices()) == 1
    sanitized = "libasan" in programs.run("ldd", programs.program("threatresponse-worker")).stdout
    assert ("Memory can't be locked, secrets may be swapped out" in idle.log()) is not sanitized
