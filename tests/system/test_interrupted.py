"""What an administrator does in the middle of something: disables the feature, changes his mind, asks again. What was
under way waits or ends, is told so, and nothing is lost, done twice, or sent while it must not be."""

import re

import pytest

from support import programs
from support.cloud import CLOUD_STEPS, ENDPOINTS
from support.deregistered import NOTICE, assert_gone
from support.refreshing import QUICK


def assert_silent(agent, cloud):
    """Nothing runs and nothing is planned; a restart sends nothing."""
    programs.until(lambda: agent.workers() == [], "the worker ends")
    registration = agent.registration()
    assert registration["running"] is False
    assert "nextAttempt" not in registration and "nextRefresh" not in registration
    asked = len(cloud.requests())
    agent.restart()
    assert agent.registration()["state"] == registration["state"]
    assert agent.workers() == []
    assert len(cloud.requests()) == asked


# Disabled in the middle of a registration


@pytest.mark.parametrize("step", CLOUD_STEPS)
def test_disabled_during_a_registration(ready, cloud, step):
    """Disabling ends the running step at once; enabling goes on with the registration and its identity."""
    cloud.hold(step)
    ready.begin_registration()
    ready.wait_step(step)
    before = ready.saved()
    ready.commit_enabled(False)
    assert_silent(ready, cloud)
    assert ready.saved() == before
    registration = ready.registration()
    assert (registration["state"], registration["step"]) == ("registering", step)
    cloud.clear()
    ready.commit_enabled(True)
    registration = ready.wait_state("registered")
    assert registration["guid"] == before["guid"]
    (device,) = cloud.devices()
    assert device["certificateSerial"] == registration["certificate"]["serial"]


@pytest.mark.complaint("retry: no command makes a waiting agent try again at once")
def test_disabled_while_a_registration_waits(ready, cloud):
    cloud.fault("activations", "status", 503, "--retry-after", 3600)
    ready.begin_registration()
    ready.wait_for(lambda r: r["attempt"] == 1 and not r["running"])
    assert "nextAttempt" in ready.registration()
    ready.commit_enabled(False)
    assert_silent(ready, cloud)
    name, parameters = ready.error("Register", {"token": cloud.token()})
    assert (name, parameters["reason"]) == ("Refused", "feature_disabled")
    cloud.clear()
    # Enabling does not wait for the hour of Retry-After: an administrator has decided again.
    ready.commit_enabled(True)
    ready.wait_state("registered")
    assert len(cloud.devices()) == 1


def test_a_registration_is_cancelled_while_disabled(ready, cloud):
    cloud.hold("certificate")
    ready.begin_registration()
    ready.wait_step("certificate")
    ready.commit_enabled(False)
    assert ready.call("Cancel") == {"operation": "register"}
    assert set(ready.saved()) == {"state", "since", "guid", "requestedBy"}
    assert_silent(ready, cloud)


def assert_waits_for_the_feature(agent, operation):
    """The status and the line for monitors say that an operation waits, and for what."""
    shown = agent.ctl("status").stdout
    assert re.search(rf"^Operation +{operation}, step [a-z-]+, waiting\n  Remedy +The operation waits until the feature is", shown, re.M)
    line = agent.ctl("status", "--check")
    assert line.returncode == 1 and f"{operation} waits until the feature is enabled" in line.stdout


# Disabled in the middle of a deregistration


@pytest.mark.parametrize("fault", [("delay", 600), ("status", 503)], ids=["running", "waiting"])
def test_disabled_during_a_deregistration(registered, cloud, fault):
    """It stays pending and silent, and ends when the feature is enabled again."""
    cloud.fault("delete", *fault)
    registered.call("Deregister")
    registered.wait_for(lambda r: r["running"] if fault[0] == "delay" else r["attempt"] >= 2)
    before = registered.saved()
    registered.commit_enabled(False)
    assert_silent(registered, cloud)
    assert registered.saved() == before
    assert registered.registration()["state"] == "deregistering"
    assert_waits_for_the_feature(registered, "deregister")
    assert registered.error("Deregister")[1]["reason"] == "busy"
    assert len(cloud.devices()) == 1
    cloud.clear()
    registered.commit_enabled(True)
    assert_gone(registered)
    assert cloud.devices() == []


def test_local_only_ends_a_pending_deregistration_while_disabled(registered, cloud):
    cloud.fault("delete", "status", 503)
    registered.call("Deregister")
    registered.wait_failure("server_error", "delete")
    registered.commit_enabled(False)
    asked = cloud.count("DELETE", "")
    assert registered.call("Deregister", {"localOnly": True}) == {"notice": NOTICE}
    assert_gone(registered)
    assert_silent(registered, cloud)
    assert cloud.count("DELETE", "") == asked


def test_a_pending_deregistration_is_cancelled_while_disabled(registered, cloud):
    before = registered.registration()
    cloud.fault("delete", "status", 503)
    registered.call("Deregister")
    registered.wait_failure("server_error", "delete")
    registered.commit_enabled(False)
    assert registered.call("Cancel") == {"operation": "deregister"}
    registration = registered.registration()
    assert (registration["state"], registration["health"]) == ("registered", "disabled")
    assert registration["certificate"] == before["certificate"]
    assert_silent(registered, cloud)


# Disabled in the middle of refresh and renewal


def test_disabled_during_a_refresh(idle, cloud):
    idle.config.write(**QUICK)
    idle.start()
    cloud.hold("refresh")
    idle.enable()
    # Registered and idle may last a moment only.
    idle.begin_registration()
    idle.wait_step("refresh")
    idle.commit_enabled(False)
    assert_silent(idle, cloud)
    assert idle.registration()["health"] == "disabled"
    cloud.clear()
    asked = cloud.count("POST", "/refresh")
    idle.commit_enabled(True)
    idle.wait_for(lambda r: cloud.count("POST", "/refresh") > asked and r["health"] == "ok", "a refresh")


@pytest.mark.parametrize(
    "step, endpoint",
    [("renewal-trust", "cacerts"), ("renewal-certificate", "simplereenroll"), ("renewal-proof", "status")],
)
def test_disabled_during_a_renewal(registered, cloud, step, endpoint):
    """The old pair stays whole and in use; the renewal goes on where it was."""
    before = registered.saved()
    cloud.fault(endpoint, "delay", 600)
    registered.call("Renew")
    registered.wait_step(step)
    halfway = registered.saved()
    registered.commit_enabled(False)
    assert_silent(registered, cloud)
    assert registered.saved() == halfway
    for member in ("privateKey", "certificate", "certificateInfo"):
        assert halfway[member] == before[member]
    assert registered.error("Renew")[1]["reason"] == "feature_disabled"
    assert_waits_for_the_feature(registered, "renew")
    cloud.clear()
    registered.commit_enabled(True)
    registered.wait_for(lambda r: r["certificate"]["serial"] != before["certificateInfo"]["serial"])
    if "newCertificateInfo" in halfway:
        assert registered.saved()["certificateInfo"] == halfway["newCertificateInfo"]
    assert registered.saved()["privateKey"] == halfway["newPrivateKey"]


# Calls that come again


@pytest.mark.complaint("removal: registering again while the cloud is down leaves the old device behind")
def test_register_while_a_deregistration_is_pending(registered, cloud):
    """The call is refused with the reason and changes nothing."""
    cloud.stop()
    registered.call("Deregister")
    registered.wait_failure("connect_refused", "delete")
    before = registered.state_file.read_bytes()
    name, parameters = registered.error("Register", {"token": "A" * 35})
    assert (name, parameters["reason"]) == ("Refused", "busy")
    assert parameters["message"] == "The appliance is being deregistered from EUROPE."
    result = registered.ctl("register", input="A" * 35)
    assert result.returncode == 6
    assert result.stderr.splitlines()[0] == "trctl: The appliance is being deregistered from EUROPE."
    assert registered.state_file.read_bytes() == before
    cloud.start()
    assert_gone(registered)


@pytest.mark.complaint("enrolment: registering a registered appliance exits with 0, or changes something")
def test_registration_while_registered_changes_nothing(registered, cloud):
    before = registered.state_file.read_bytes()
    asked = len(cloud.requests())
    assert registered.error("Register", {"token": "A" * 35})[1]["reason"] == "already_registered"
    assert registered.ctl("register", input="A" * 35).returncode == 5
    assert registered.state_file.read_bytes() == before
    assert len(cloud.requests()) == asked


@pytest.mark.complaint("removal: deregistering twice, or in the wrong state, is an internal error")
def test_local_only_twice(registered):
    assert registered.call("Deregister", {"localOnly": True}) == {"notice": NOTICE}
    assert registered.error("Deregister", {"localOnly": True})[1]["reason"] == "not_registered"
    result = registered.ctl("deregister", "--yes", "--local-only")
    assert (result.returncode, result.stderr) == (5, "trctl: The appliance is not registered.\n")


@pytest.mark.complaint("removal: deregistering twice, or in the wrong state, is an internal error")
def test_deregistered_twice(registered, cloud):
    registered.call("Deregister")
    assert_gone(registered)
    asked = len(cloud.requests())
    assert registered.error("Deregister")[1]["reason"] == "not_registered"
    assert_gone(registered)
    assert len(cloud.requests()) == asked


@pytest.mark.complaint("removal: deregistering twice, or in the wrong state, is an internal error")
def test_deregister_after_a_registration_that_failed(ready, cloud):
    ready.begin_registration(cloud.token("EUROPE", "--expired"))
    ready.wait_failure("token_rejected", "activation")
    assert ready.error("Deregister")[1]["reason"] == "not_registered"
    ready.register()


# The one DELETE


@pytest.mark.complaint("removal: the cloud is not told of a deregistration, or only after the keys are gone")
def test_one_delete_before_the_keys_are_destroyed(registered, cloud):
    cloud.hold("delete")
    registered.call("Deregister")
    registered.wait_step("delete")
    assert "privateKey" in registered.saved() and "certificate" in registered.saved()
    cloud.clear()
    registered.restart()
    assert_gone(registered)
    answered = [one.status for one in cloud.requests() if one.method == "DELETE" and one.status != "-"]
    assert answered == ["204"]


@pytest.mark.complaint("removal: a deregistered appliance registers itself at the next boot")
def test_a_deregistered_appliance_stays_silent(registered, cloud):
    """A restart does not register it again."""
    registered.call("Deregister")
    assert_gone(registered)
    for _ in range(3):
        assert_silent(registered, cloud)
        assert registered.registration()["state"] == "unregistered"


@pytest.mark.complaint("removal: a device removed in the portal comes back only after files are removed by hand")
def test_cancelled_after_the_cloud_has_deleted(idle, cloud):
    """The answer was lost and the administrator changes his mind: the appliance finds out that it is gone, says so, and
    comes back with a new token."""
    idle.config.write(**QUICK, timing__backoff_initial=30, timing__backoff_cap=60)
    idle.start()
    idle.register()
    old = idle.registration()["guid"]
    cloud.fault("delete", "drop-after", "--times", 1)
    idle.call("Deregister")
    idle.wait_failure("server_error", "delete")
    assert cloud.devices() == []
    assert idle.call("Cancel") == {"operation": "deregister"}
    idle.wait_for(lambda r: r["health"] == "removed_in_portal")
    idle.call("Deregister")
    assert_gone(idle)
    assert idle.register()["guid"] != old
    assert len(cloud.devices()) == 1


# Removed in the portal while it registers


def test_removed_in_the_portal_before_the_activation(ready, cloud):
    """The agent makes the context again with the same guid; the token is still good."""
    cloud.fault("activations", "status", 503)
    ready.begin_registration()
    guid = ready.wait_failure("server_error", "activation")["guid"]
    cloud.remove(guid)
    assert cloud.devices() == []
    cloud.clear()
    assert ready.wait_state("registered")["guid"] == guid
    assert [device["guid"] for device in cloud.devices()] == [guid]


def test_an_activation_that_never_makes_sense_is_tried_with_pauses(idle, cloud):
    """Going back to the context does not reset the count of failures."""
    idle.config.write(timing__backoff_initial=0.01, timing__backoff_cap=0.02)
    idle.start()
    cloud.fault("activations", "status", 404)
    idle.enable()
    idle.begin_registration()
    idle.wait_for(lambda r: r["attempt"] >= 5)
    assert idle.registration()["lastFailure"]["reason"] == "unexpected_reply"
    cloud.clear()
    idle.wait_state("registered")
    assert idle.registration()["attempt"] == 0


@pytest.mark.complaint("removal: a device removed in the portal comes back only after files are removed by hand")
@pytest.mark.parametrize(
    "step, reason, refused",
    [
        ("trust", "est_rejected", "certificate"),
        ("certificate", "est_rejected", "certificate"),
        ("confirm", "removed_in_portal", "confirm"),
    ],
)
def test_removed_in_the_portal_after_the_activation(idle, cloud, step, reason, refused):
    """It ends, without key and token, and a new token is all that it takes. That the context is gone is asked twice."""
    idle.config.write(**QUICK)
    idle.start()
    cloud.fault(ENDPOINTS[step], "status", 503)
    idle.enable()
    idle.begin_registration()
    cloud.remove(idle.wait_failure("server_error", step)["guid"])
    cloud.clear()
    failure = idle.wait_state("unregistered")["lastFailure"]
    assert (failure["reason"], failure["step"], failure["permanent"]) == (reason, refused, True)
    denied = [one for one in cloud.requests() if one.path.endswith("/status") and one.status == "404"]
    assert len(denied) == (2 if step == "confirm" else 0)
    assert set(idle.saved()) == {"state", "since", "guid", "lastFailure", "requestedBy"}
    idle.register()
    assert len(cloud.devices()) == 1
