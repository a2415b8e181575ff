"""Clocks that are wrong, are stepped, and stand still while the machine sleeps: the appliance keeps its identity."""

import time

import pytest

from support.clock import DAY, YEAR, Clock

REFRESHING = {"timing__refresh_interval": 0.05, "timing__refresh_jitter": 0.0}
KEPT = ["guid", "privateKey", "certificate", "trustAnchors"]


@pytest.fixture(name="clock")
def make_clock(idle):
    return Clock(idle)


def kept(agent):
    saved = agent.saved()
    return {name: saved[name] for name in KEPT}


def in_1970():
    return 1000 - time.time()


@pytest.mark.complaint("certificates: a clock in 1970 at boot costs the credentials, or the agent never recovers")
def test_registered_by_a_clock_in_1970(idle, clock, cloud):
    """With a clock in 1970 at the start the registration waits; it succeeds once the clock is stepped."""
    clock.step(in_1970())
    clock.start()
    idle.enable()
    idle.begin_registration()
    failure = idle.wait_failure("tls_expired")["lastFailure"]
    assert "clock" in failure["remedy"]
    assert failure["permanent"] is False
    saved = idle.saved()
    clock.step(0)
    registration = idle.wait_state("registered")
    assert registration["guid"] == saved["guid"]
    assert len(cloud.devices()) == 1


@pytest.mark.complaint("certificates: a clock in 1970 at boot costs the credentials, or the agent never recovers")
def test_a_registered_appliance_starts_in_1970(idle, clock, cloud):
    """The appliance keeps everything, names the fault, and recovers once the clock is stepped."""
    idle.config.write(**REFRESHING)
    clock.start()
    idle.register()
    before = kept(idle)
    assert idle.stop() == 0
    clock.step(in_1970())
    clock.start()
    registration = idle.wait_failure("tls_expired")
    assert (registration["state"], registration["health"]) == ("registered", "unreachable")
    assert kept(idle) == before
    clock.step(0)
    idle.wait_for(lambda r: r["health"] == "ok")
    assert kept(idle) == before
    assert cloud.count("POST", "/simpleenroll") == 1


@pytest.mark.complaint("certificates: the agent never recovers from a step of the clock during a request")
@pytest.mark.parametrize("step", [50 * YEAR, -DAY], ids=["50 years on", "a day back"])
@pytest.mark.parametrize("at", ["context", "certificate", "confirm"])
def test_a_step_in_the_middle_of_a_request(idle, clock, cloud, at, step):
    """At any step the clock may be stepped, and stepped back: the registration succeeds, once."""
    clock.start()
    idle.enable()
    cloud.hold(at)
    idle.begin_registration()
    idle.wait_step(at)
    guid = idle.saved()["guid"]
    clock.step(step)
    cloud.clear()
    # Held requests end with the sandbox.
    cloud.restart()
    idle.wait_for(lambda r: r.get("lastFailure") or r["state"] == "registered", "the request ends")
    clock.step(0)
    registration = idle.wait_state("registered")
    assert registration["guid"] == guid
    assert len(cloud.devices()) == 1


@pytest.mark.complaint("certificates: the agent never recovers from a step of the clock during a request")
@pytest.mark.parametrize("step", [50 * YEAR, -DAY], ids=["50 years on", "a day back"])
def test_a_step_while_registered(idle, clock, cloud, step):
    """The certificate looks expired, or not valid yet: the agent keeps everything and recovers with the clock."""
    idle.config.write(**REFRESHING)
    clock.start()
    idle.register()
    before = kept(idle)
    clock.step(step)
    registration = idle.wait_for(lambda r: r.get("lastFailure"))
    assert registration["state"] == "registered"
    clock.step(0)
    registration = idle.wait_for(lambda r: r["health"] == "ok" and not r["running"])
    assert registration["guid"] == before["guid"]
    assert len(cloud.devices()) == 1
    assert cloud.count("POST", "/simpleenroll") == 1


@pytest.mark.complaint("certificates: a renewal or a retry is missed after the machine has slept")
def test_a_renewal_that_comes_due_while_the_machine_sleeps(idle, clock, cloud):
    """After a sleep of months the certificate is renewed at once: no timer starts anew with the waking."""
    clock.start()
    idle.register()
    serial = idle.registration()["certificate"]["serial"]
    clock.suspend(idle.saved()["nextRenewal"] - time.time() + DAY)
    # The cloud has not slept; it accepts the certificate that it issues then.
    idle.wait_for(lambda r: r["certificate"]["serial"] != serial, "a renewal")
    assert idle.registration()["state"] == "registered"
    assert cloud.count("POST", "/simplereenroll") == 1


@pytest.mark.complaint("certificates: a renewal or a retry is missed after the machine has slept")
def test_a_retry_that_comes_due_while_the_machine_sleeps(idle, clock, cloud):
    """The wait for the next attempt goes on while the machine sleeps."""
    clock.start()
    idle.enable()
    cloud.fault("contexts", "status", 503, "--retry-after", 3600)
    idle.begin_registration()
    idle.wait_failure("server_error", "context")
    cloud.clear()
    clock.suspend(3 * 3600)
    idle.wait_state("registered")
