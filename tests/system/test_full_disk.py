"""A full disk loses nothing. A limit on the size of files stops the writes of the daemon as a full disk does."""

import os
import resource

import pytest

from support import programs
from support.cloud import ENDPOINTS


@pytest.fixture(name="limited")
def make_limited(idle):
    """An enabled agent whose disk fill() makes full and drain() makes empty again."""
    # Python ignores SIGXFSZ; the daemon inherits that and sees the error of the write.
    idle.start(restore_signals=False)
    idle.enable()

    def fill():
        # The saved state is always larger than this.
        resource.prlimit(idle.pid, resource.RLIMIT_FSIZE, (64, resource.RLIM_INFINITY))

    def drain():
        resource.prlimit(idle.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))

    idle.fill, idle.drain = fill, drain
    return idle


def fault_of(agent):
    return f"Can't write {agent.state_file}: File too large."


@pytest.mark.complaint("state: a full disk destroys the saved state")
def test_commit_on_a_full_disk(limited):
    before = limited.state_file.read_bytes()
    limited.fill()
    limited.call("Stage", {"enabled": False})
    name, parameters = limited.error("Commit")
    assert (name, parameters["reason"]) == ("Refused", "state_io")
    assert parameters["message"] == f"The settings can't be saved. {fault_of(limited)}"
    assert parameters["remedy"] == "Check the space and the permissions of the state directory."
    assert limited.status()["enabled"] is True
    assert limited.status()["stateFault"] == fault_of(limited)
    assert limited.state_file.read_bytes() == before
    assert os.listdir(limited.state_directory) == ["state.json"]
    # Status and metrics agree at once.
    assert "threatresponse_state_fault 1\n" in limited.ctl("metrics").stdout
    limited.drain()
    # The staged values are still staged.
    assert limited.call("Commit")["commit"]["enabled"] is False
    assert "stateFault" not in limited.status()


def test_register_on_a_full_disk(limited, cloud):
    before = limited.state_file.read_bytes()
    limited.fill()
    token = cloud.token()
    name, parameters = limited.error("Register", {"token": token})
    assert (name, parameters["reason"]) == ("Refused", "state_io")
    assert limited.registration()["state"] == "unregistered"
    assert limited.state_file.read_bytes() == before
    assert cloud.requests() == []
    limited.drain()
    limited.register(token)


@pytest.mark.parametrize("look", [["retry"], ["reload"], None], ids=["retry", "reload", "by itself"])
def test_a_fault_ends_with_its_cause(limited, look):
    """An unregistered appliance writes nothing by itself: without another look the fault would stay."""
    limited.fill()
    limited.call("Stage", {"enabled": False})
    limited.error("Commit")
    assert limited.status()["stateFault"] == fault_of(limited)
    if look:
        limited.ctl(*look)
        assert limited.status()["stateFault"] == fault_of(limited)
    limited.drain()
    if look:
        limited.ctl(*look)
        assert "stateFault" not in limited.status()
    programs.until(lambda: "stateFault" not in limited.status(), "it looks again by itself")
    assert limited.status()["enabled"] is True


@pytest.mark.complaint("retry: memory and disk differ after a fault")
@pytest.mark.complaint("state: a full disk destroys the saved state")
@pytest.mark.parametrize("step", ["context", "activation", "trust", "certificate", "confirm"])
def test_step_on_a_full_disk(limited, cloud, step):
    """A step whose result can't be saved is repeated until it can."""
    cloud.fault(ENDPOINTS[step], "status", 503)
    limited.begin_registration()
    limited.wait_failure("server_error", step)
    before = limited.state_file.read_bytes()
    limited.fill()
    cloud.clear()
    registration = limited.wait_failure("state_io", step)
    assert registration["lastFailure"]["message"] == fault_of(limited)
    assert registration["lastFailure"]["permanent"] is False
    assert registration["state"] == "registering"
    assert limited.status()["stateFault"] == fault_of(limited)
    assert limited.state_file.read_bytes() == before
    limited.drain()
    registration = limited.wait_state("registered")
    assert "stateFault" not in limited.status()
    (device,) = cloud.devices()
    assert device["certificateSerial"] == registration["certificate"]["serial"]


@pytest.mark.complaint("state: a full disk destroys the saved state")
def test_deregistration_on_a_full_disk(limited, cloud):
    """The cloud has deleted the device, the disk has not: the 404 of the next attempt ends it."""
    limited.register()
    cloud.fault("delete", "status", 503)
    limited.call("Deregister")
    limited.wait_failure("server_error", "delete")
    limited.fill()
    cloud.clear()
    limited.wait_failure("state_io", "delete")
    assert limited.registration()["state"] == "deregistering"
    limited.drain()
    limited.wait_state("unregistered")
    assert cloud.devices() == []
