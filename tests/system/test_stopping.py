"""The agent stops, disables and deregisters at once while it waits for a silent cloud. The peer stays silent all the
time, and each time limit of the agent is longer than the test's own."""

import socket
import subprocess

import pytest

from support import programs, wire
from support.refreshing import QUICK
from support.silence import HOST, OF_A_WORKER, PATIENCE, PLACES


@pytest.fixture(name="place", params=PLACES)
def make_place(request, idle):
    """A place of support/silence.py with an agent that isn't started."""
    place = PLACES[request.param](idle)
    yield place
    place.close()


def begin(place):
    """Begins a registration that waits there; returns its workers."""
    place.start()
    place.agent.enable()
    place.agent.begin_registration("A" * 35)
    place.wait()
    expected = 0 if place.agent.registration().get("nextAttempt") else 1
    programs.until(lambda: len(place.agent.workers()) == expected, f"{expected} workers")
    return place.agent.workers()


def assert_ended(workers):
    programs.until(lambda: not any(programs.is_alive(pid) for pid in workers), "the worker ends")


@pytest.mark.complaint("removal: the agent can't be stopped, disabled or deregistered while it waits for the network")
@pytest.mark.complaint("system: stopping takes half a minute")
def test_stopped(place):
    workers = begin(place)
    assert place.agent.stop() == 0
    assert_ended(workers)
    assert place.agent.saved()["state"] == "registering"


@pytest.mark.complaint("removal: the agent can't be stopped, disabled or deregistered while it waits for the network")
def test_disabled(place):
    workers = begin(place)
    place.agent.commit_enabled(False)
    registration = place.agent.registration()
    assert (registration["state"], registration["running"]) == ("registering", False)
    assert "nextAttempt" not in registration
    assert_ended(workers)
    programs.until(lambda: place.agent.workers() == [], "no worker is left")


@pytest.mark.complaint("removal: the agent can't be stopped, disabled or deregistered while it waits for the network")
def test_cancelled(place):
    workers = begin(place)
    result = place.agent.ctl("cancel")
    assert result.stdout == "The registration is cancelled: the appliance is unregistered.\n"
    assert place.agent.registration()["state"] == "unregistered"
    assert_ended(workers)


@pytest.mark.complaint("removal: the agent can't be stopped, disabled or deregistered while it waits for the network")
def test_deregistered_locally(place):
    workers = begin(place)
    result = place.agent.ctl("deregister", "--yes", "--local-only")
    assert result.returncode == 0
    assert place.agent.registration()["state"] == "unregistered"
    assert_ended(workers)
    assert "guid" not in place.agent.saved()


@pytest.mark.complaint("removal: the agent can't be stopped, disabled or deregistered while it waits for the network")
def test_deregistered_in_the_middle_of_a_refresh(place):
    """The deregistration ends the refresh that waits, and runs at once."""
    agent = place.agent
    agent.start()
    agent.register()
    agent.stop()
    agent.config.write(**QUICK)
    place.start()
    place.wait()
    assert agent.registration()["operation"] == "refresh"
    workers = agent.workers()
    agent.call("Deregister")
    assert agent.registration()["state"] == "deregistering"
    agent.wait_for(lambda r: r["state"] == "unregistered" or (r["operation"], r["step"]) == ("deregister", "delete"))
    assert_ended(workers)


@pytest.mark.complaint("commands: the status hangs while the cloud is down")
def test_status_is_told_meanwhile(place):
    """The status comes from memory."""
    begin(place)
    result = place.agent.ctl("status")
    assert result.returncode == 0
    assert "register, step context, " in result.stdout


# The worker by itself, and the check


@pytest.mark.complaint("removal: the agent can't be stopped, disabled or deregistered while it waits for the network")
@pytest.mark.parametrize("place", OF_A_WORKER, indirect=True)
def test_a_worker_whose_caller_hangs_up(place):
    """The worker ends by itself: behind a socket of systemd nothing else would end it."""
    place.open()
    caller, ours = socket.socketpair()
    process = subprocess.Popen(
        programs.bound_to_us(*place.prefix, programs.program("threatresponse-worker")),
        stdin=ours,
        stdout=ours,
        stderr=subprocess.PIPE,
        pass_fds=place.pass_fds,
        env=programs.environment(),
    )
    ours.close()
    network = {
        "caBundle": str(place.agent.cloud.directory / "tls-ca.pem"),
        "connectTo": [f"{HOST}:443:{place.target}"],
        "connectTimeout": PATIENCE["network__connect_timeout"] * 1000,
        "timeout": PATIENCE["network__timeout"] * 1000,
    }
    url = f"https://{HOST}/v1/contexts/x/activations"
    caller.sendall(wire.encode(f"{wire.WORKER.name}.Activate", {"network": network, "url": url, "token": "A" * 35}))
    place.started()
    place.wait()
    caller.close()
    try:
        _, log = process.communicate(timeout=programs.DEADLINE)
    finally:
        process.kill()
    programs.assert_sane(log.decode(), "threatresponse-worker")
    assert (process.returncode, "The caller hung up, the request is abandoned." in log.decode()) == (0, True)


@pytest.mark.complaint("removal: the agent can't be stopped, disabled or deregistered while it waits for the network")
@pytest.mark.parametrize("place", OF_A_WORKER, indirect=True)
@pytest.mark.parametrize("how", ["daemon", "caller"])
def test_a_check_that_waits(place, how):
    """The check ends with the daemon, and with the client that asked for it."""
    agent = place.agent
    place.start()
    with agent.connect() as connection:
        connection.send(wire.encode(f"{wire.AGENT.name}.Check", {"server": "EUROPE"}, more=True))
        place.wait()
        workers = agent.workers()
        assert len(workers) == 1
        if how == "daemon":
            assert agent.stop() == 0
    assert_ended(workers)
