"""What is asked of the agent while it waits for a cloud that says nothing is done at once: the peer stays silent all the
time, and no time limit could end the wait before the test's own. The complaint: a service that can't be stopped,
switched off or unregistered while it retries."""

import programs
import pytest
from silence import PLACES
from test_interrupted import commit_enabled
from test_restart import is_alive
from test_staying import QUICK


@pytest.fixture(name="place", params=PLACES)
def make_place(request, idle):
    """An agent that is not started yet; place.start() starts it, place.wait() returns when its worker waits there."""
    place = PLACES[request.param](idle)
    yield place
    place.close()


def begin(place):
    """A registration that waits; the workers that are at it."""
    place.start()
    place.agent.enable()
    place.agent.begin_registration("A" * 35)
    place.wait()
    expected = 0 if place.agent.registration().get("nextAttempt") else 1
    programs.until(lambda: len(place.agent.workers()) == expected, f"{expected} workers")
    return place.agent.workers()


def assert_ended(workers):
    programs.until(lambda: not any(is_alive(pid) for pid in workers), "the worker ends")


def test_stopped(place):
    workers = begin(place)
    assert place.agent.stop() == 0
    assert_ended(workers)
    assert place.agent.saved()["state"] == "registering"


def test_disabled(place):
    workers = begin(place)
    commit_enabled(place.agent, False)
    registration = place.agent.registration()
    assert (registration["state"], registration["running"]) == ("registering", False)
    assert "nextAttempt" not in registration
    assert_ended(workers)
    programs.until(lambda: place.agent.workers() == [], "no worker is left")


def test_cancelled(place):
    workers = begin(place)
    result = place.agent.ctl("cancel")
    assert result.stdout == "The registration is cancelled: the appliance is unregistered.\n"
    assert place.agent.registration()["state"] == "unregistered"
    assert_ended(workers)


def test_deregistered_locally(place):
    workers = begin(place)
    result = place.agent.ctl("deregister", "--yes", "--local-only")
    assert result.returncode == 0
    assert place.agent.registration()["state"] == "unregistered"
    assert_ended(workers)
    assert "guid" not in place.agent.saved()


def test_deregistered_in_the_middle_of_a_refresh(place):
    """The refresh that waits is given up for the deregistration, which is under way at once."""
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


def test_status_is_told_meanwhile(place):
    """From memory: the complaint is a status that hangs while the cloud is down."""
    begin(place)
    result = place.agent.ctl("status")
    assert result.returncode == 0
    assert "register, step context, " in result.stdout
