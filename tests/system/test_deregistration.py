"""Deregistration: in the cloud, local only, or waiting for the cloud; nothing is left half done."""

import pytest

from support import programs
from support.deregistered import NOTICE, assert_gone


def test_deregister(registered, cloud):
    result = registered.ctl("deregister", "--yes", "--wait=30")
    assert result.returncode == 0
    assert result.stdout.splitlines() == [
        "The Content Security Management appliance deregistration is in progress.",
        "delete ... done",
        "The Content Security Management appliance is successfully deregistered from the Cisco Threat Response portal.",
    ]
    assert_gone(registered)
    assert cloud.devices() == []
    assert cloud.requests()[-1].method == "DELETE"


def test_a_new_registration_is_a_new_device(registered, cloud):
    old = registered.registration()["guid"]
    registered.call("Deregister")
    assert_gone(registered)
    new = registered.register()["guid"]
    assert new != old
    assert [device["guid"] for device in cloud.devices()] == [new]


@pytest.mark.complaint("removal: a new registration uses the connection of the old certificate")
def test_the_connection_of_the_old_certificate_is_not_used_again(registered, cloud):
    """After a deregistration the token of the next registration goes over a new connection, without a certificate."""
    serial = registered.registration()["certificate"]["serial"]
    registered.call("Deregister")
    assert_gone(registered)
    new = registered.register()["certificate"]["serial"]
    requests = cloud.requests()
    at = next(i for i, one in enumerate(requests) if one.method == "DELETE")
    assert requests[at].serial == serial
    later = requests[at + 1 :]
    assert {one.port for one in later} & {one.port for one in requests[: at + 1]} == set()
    assert [one.serial for one in later if one.path.endswith(("/contexts", "/activations"))] == ["-", "-"]
    assert {one.serial for one in later if one.path.endswith("/status")} == {new}


@pytest.mark.complaint("enrolment: the region can be changed only by removing files by hand")
def test_another_region_after_deregistration(registered, cloud):
    registered.call("Deregister")
    assert_gone(registered)
    registered.enable("AMERICAS")
    registered.register()
    assert [device["region"] for device in cloud.devices()] == ["AMERICAS"]
    # The new region never sees the certificate of the old one.
    new = [one for one in cloud.requests() if one.host.startswith("api-sse.cisco.com")]
    assert {one.serial for one in new} == {"-", registered.registration()["certificate"]["serial"]}


@pytest.mark.complaint("removal: deregistering twice, or in the wrong state, is an internal error")
def test_deregister_while_unregistered(agent):
    result = agent.ctl("deregister", "--yes")
    assert (result.returncode, result.stderr) == (5, "trctl: The appliance is not registered.\n")
    name, parameters = agent.error("Deregister")
    assert (name, parameters["reason"]) == ("Refused", "not_registered")


@pytest.mark.complaint("removal: deregistering twice, or in the wrong state, is an internal error")
def test_deregister_twice(registered, cloud):
    cloud.hold("delete")
    registered.call("Deregister")
    result = registered.ctl("deregister", "--yes")
    assert result.returncode == 6
    assert result.stderr.splitlines()[0] == (
        "trctl: The Content Security Management appliance deregistration is in progress."
    )
    name, parameters = registered.error("Deregister")
    assert (name, parameters["reason"]) == ("Refused", "busy")
    assert parameters["message"] == "The appliance is being deregistered already."


@pytest.mark.complaint("removal: deregistering twice, or in the wrong state, is an internal error")
def test_deregister_while_registering(ready, cloud):
    cloud.hold("trust")
    ready.begin_registration()
    name, parameters = ready.error("Deregister")
    assert (name, parameters["reason"]) == ("Refused", "busy")
    assert parameters["message"] == "The appliance is being registered."


def test_without_a_terminal_yes_is_needed(registered):
    result = registered.ctl("deregister", input="y\n")
    assert result.returncode == 2
    assert "deregister needs --yes" in result.stderr
    assert registered.registration()["state"] == "registered"


@pytest.mark.complaint("removal: deregistering is impossible while the cloud is down, or half done is reported as done")
@pytest.mark.parametrize(
    "fault, reason",
    [
        (("status", 500), "server_error"),
        (("status", 401), "certificate_refused"),
        (("status", 429), "rate_limited"),
        (("drop",), "server_error"),
        (("html",), "unexpected_reply"),
    ],
    ids=lambda value: " ".join(map(str, value)) if isinstance(value, tuple) else None,
)
def test_cloud_down_is_pending_and_retried(registered, cloud, fault, reason):
    cloud.fault("delete", *fault)
    registered.call("Deregister")
    registration = registered.wait_for(lambda r: r["attempt"] >= 2)
    assert registration["state"] == "deregistering"
    assert (registration["operation"], registration["step"]) == ("deregister", "delete")
    failure = registration["lastFailure"]
    assert (failure["reason"], failure["operation"], failure["permanent"]) == (reason, "deregister", False)
    assert len(cloud.devices()) == 1
    cloud.clear()
    assert_gone(registered)
    assert cloud.devices() == []


@pytest.mark.complaint("removal: deregistering is impossible while the cloud is down, or half done is reported as done")
def test_sandbox_stopped(registered, cloud):
    cloud.stop()
    registered.call("Deregister")
    registered.wait_failure("connect_refused", "delete")
    registered.restart()
    assert registered.registration()["state"] == "deregistering"
    cloud.start()
    assert_gone(registered)
    assert cloud.devices() == []


@pytest.mark.complaint("removal: deregistering fails if the cloud has already deleted the device")
def test_lost_reply(registered, cloud):
    """The cloud has deleted the device and the answer was lost: the 404 of the next attempt is success."""
    cloud.fault("delete", "drop-after", "--times", 1)
    registered.call("Deregister")
    assert_gone(registered)
    assert [one.status for one in cloud.requests() if one.method == "DELETE"] == ["-", "404"]


@pytest.mark.complaint("removal: deregistering fails if the cloud has already deleted the device")
@pytest.mark.parametrize("status", [202, 204, 404, 410])
def test_statuses_that_are_success(registered, cloud, status):
    cloud.fault("delete", "status", status)
    registered.call("Deregister")
    assert "lastFailure" not in assert_gone(registered)
    assert [one.status for one in cloud.requests() if one.method == "DELETE"] == [str(status)]


@pytest.mark.complaint("removal: deregistering fails if the cloud has already deleted the device")
def test_removed_in_the_portal_before(registered, cloud):
    cloud.remove(registered.registration()["guid"])
    registered.call("Deregister")
    assert "lastFailure" not in assert_gone(registered)


@pytest.mark.parametrize("body", ["html", "bad-json"])
def test_a_captive_portals_404_is_no_success(registered, cloud, body):
    cloud.fault("delete", "status", 404)
    cloud.fault("delete", body)
    registered.call("Deregister")
    registered.wait_failure("unexpected_reply", "delete")
    assert registered.registration()["state"] == "deregistering"
    assert len(cloud.devices()) == 1


@pytest.mark.complaint("removal: deregistering is impossible while the cloud is down, or half done is reported as done")
def test_local_only(registered, cloud):
    asked = len(cloud.requests())
    result = registered.ctl("deregister", "--yes", "--local-only")
    assert (result.returncode, result.stdout.splitlines()) == (0, [NOTICE])
    assert_gone(registered)
    assert len(cloud.requests()) == asked
    assert len(cloud.devices()) == 1


def test_local_only_ends_what_waits_for_the_cloud(registered, cloud):
    cloud.hold("delete")
    registered.call("Deregister")
    registered.wait_step("delete")
    assert registered.call("Deregister", {"localOnly": True}) == {"notice": NOTICE}
    assert_gone(registered)
    programs.until(lambda: registered.workers() == [], "the worker ends")


def test_local_only_ends_a_registration(ready, cloud):
    cloud.hold("certificate")
    ready.begin_registration()
    ready.wait_step("certificate")
    assert ready.call("Deregister", {"localOnly": True}) == {"notice": NOTICE}
    assert_gone(ready)


def test_local_only_works_while_disabled(registered):
    registered.call("Stage", {"enabled": False})
    registered.call("Commit")
    assert registered.error("Deregister")[1]["reason"] == "feature_disabled"
    registered.call("Deregister", {"localOnly": True})
    assert_gone(registered)


def test_cancel_a_waiting_deregistration(registered, cloud):
    before = registered.registration()
    cloud.fault("delete", "status", 500)
    registered.call("Deregister")
    registered.wait_failure("server_error", "delete")
    result = registered.ctl("cancel")
    assert result.stdout == "The deregistration is cancelled: the appliance is registered again.\n"
    registration = registered.registration()
    assert registration["state"] == "registered"
    for key in ("guid", "certificate", "server"):
        assert registration[key] == before[key]
    cloud.clear()
    # The identity is still good.
    registered.call("Deregister")
    assert_gone(registered)


@pytest.mark.parametrize("state", ["unregistered", "registered"])
def test_nothing_to_cancel(ready, state):
    if state == "registered":
        ready.register()
    assert ready.error("Cancel") == ("NothingToCancel", {"state": state})
    result = ready.ctl("cancel")
    assert result.returncode == 5
    assert "nothing to cancel" in result.stderr


@pytest.mark.complaint("removal: deregistering is impossible while the cloud is down, or half done is reported as done")
def test_a_refusal_that_lasts(registered, cloud):
    """The appliance is registered as before, and is told what to do; the administrator decides."""
    registered.config.write(timing__refusal_patience=0.3)
    registered.call("Reload")
    cloud.fault("delete", "status", 401)
    result = registered.ctl("deregister", "--yes", "--wait=30")
    assert result.returncode == 7
    assert "The deregistration failed:" in result.stderr
    assert "Deregister with --local-only" in result.stderr
    registration = registered.registration()
    assert (registration["state"], registration["lastFailure"]["permanent"]) == ("registered", True)
    assert registered.ctl("deregister", "--yes", "--local-only").returncode == 0
    assert_gone(registered)
