"""The cloud is down at each step: the reason says how, and the registration goes on when it is back."""

import email.utils
import time

import pytest

from support.cloud import CLOUD_STEPS, ENDPOINTS, EST_HOST, SSE_HOSTS
from support.silence import Connect

SSE_HOST = SSE_HOSTS["EUROPE"]

# A fault of the sandbox at an endpoint, and the reason and text that the agent has for it.
FAULTS = [
    (("status", 500), "server_error", "500"),
    (("status", 503), "server_error", "503"),
    (("status", 429), "rate_limited", "429"),
    (("drop",), "server_error", "broke off"),
    (("drop-after",), "server_error", "broke off"),
    (("truncate",), "server_error", "broke off"),
    (("html",), "unexpected_reply", "text/html"),
    (("bad-json",), "unexpected_reply", "with"),
    (("empty",), "unexpected_reply", "with"),
    (("oversize",), "unexpected_reply", "is larger than is allowed"),
]


def assert_waiting(registration, step, reason):
    """The operation waits for its next attempt, and the failure is complete."""
    failure = registration["lastFailure"]
    assert registration["state"] == "registering"
    assert registration["operation"] == "register"
    assert registration["step"] == step
    assert registration["attempt"] >= 1
    assert failure["reason"] == reason
    assert failure["permanent"] is False
    assert (failure["operation"], failure["step"]) == ("register", step)
    assert failure["remedy"]


def assert_one_device(agent, cloud):
    """The registration has succeeded, and the cloud knows one device with the agent's own certificate."""
    registration = agent.wait_state("registered")
    (device,) = cloud.devices()
    assert device["guid"] == registration["guid"]
    assert device["certificateSerial"] == registration["certificate"]["serial"]
    assert device["status"] == "enrolled"
    assert "lastFailure" not in registration
    return registration


@pytest.mark.complaint("enrolment: a network fault or a captive portal is reported as a refused token")
@pytest.mark.complaint("enrolment: DNS, firewall, proxy, TLS, clock and a refused token share one generic message")
@pytest.mark.complaint("retry: the delays differ from the documented ones, or a 5xx is not retried")
@pytest.mark.parametrize("step", CLOUD_STEPS)
@pytest.mark.parametrize("fault, reason, text", FAULTS, ids=[" ".join(map(str, fault[0])) for fault in FAULTS])
def test_fault_at_each_step(ready, cloud, step, fault, reason, text):
    cloud.fault(ENDPOINTS[step], *fault)
    ready.begin_registration()
    registration = ready.wait_failure(reason, step)
    assert_waiting(registration, step, reason)
    host = SSE_HOST if step in ("context", "activation", "confirm") else EST_HOST
    assert host in registration["lastFailure"]["message"]
    assert text in registration["lastFailure"]["message"]
    assert registration["lastFailure"]["requestId"] in [one.id for one in cloud.requests()]
    guid = registration["guid"]
    cloud.clear()
    assert assert_one_device(ready, cloud)["guid"] == guid


@pytest.mark.complaint("enrolment: the reply is lost after the token was used, and the next attempt is refused")
@pytest.mark.parametrize("step", CLOUD_STEPS)
def test_lost_reply(ready, cloud, step):
    """The cloud has carried out the request and the answer is lost: repeating the step does no harm."""
    cloud.fault(ENDPOINTS[step], "drop-after", "--times", 1)
    ready.register()
    assert_one_device(ready, cloud)
    end = f"/{ENDPOINTS[step]}"
    assert sum(1 for one in cloud.requests() if one.path.endswith(end)) == 2


@pytest.mark.complaint("enrolment: DNS, firewall, proxy, TLS, clock and a refused token share one generic message")
@pytest.mark.complaint("network: a TLS failure has no detail, or the agent never recovers from it")
@pytest.mark.parametrize("host, step", [(SSE_HOST, "context"), (EST_HOST, "trust")])
@pytest.mark.parametrize(
    "fault, reason, text",
    [
        (("certificate", "expired"), "tls_expired", "is valid from"),
        (("certificate", "foreign"), "tls_untrusted", "is not trusted"),
        (("certificate", "wrong-name"), "tls_name", "is for another name: subject CN=www.example.org"),
        (("drop",), "server_error", "broke off"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_tls_fault(ready, cloud, host, step, fault, reason, text):
    cloud.fault(f"tls:{host}", *fault)
    ready.begin_registration()
    registration = ready.wait_failure(reason, step)
    assert_waiting(registration, step, reason)
    assert host in registration["lastFailure"]["message"]
    assert text in registration["lastFailure"]["message"]
    cloud.clear()
    assert_one_device(ready, cloud)


@pytest.mark.complaint("network: verification is switched off because there is no better way")
def test_token_is_not_sent_to_a_server_that_is_not_verified(ready, cloud):
    cloud.fault(f"tls:{SSE_HOST}", "certificate", "foreign")
    ready.begin_registration()
    ready.wait_for(lambda r: r["attempt"] >= 3)
    assert [one.method for one in cloud.requests() if one.host == SSE_HOST and one.method != "TLS"] == []


@pytest.mark.complaint("network: a server that comes back, or comes back elsewhere, is not found again")
@pytest.mark.parametrize("step", CLOUD_STEPS)
def test_sandbox_stopped(ready, cloud, step):
    """The sandbox has ended when the step is reached."""
    cloud.fault(ENDPOINTS[step], "status", 503)
    ready.begin_registration()
    ready.wait_failure("server_error", step)
    cloud.stop()
    registration = ready.wait_failure("connect_refused", step)
    assert_waiting(registration, step, "connect_refused")
    assert "refused the connection" in registration["lastFailure"]["message"]
    assert "requestId" in registration["lastFailure"]
    cloud.start()
    cloud.clear()
    assert_one_device(ready, cloud)


def test_no_answer_in_time(idle, cloud):
    idle.config.write(network__timeout=0.2)
    idle.start()
    idle.enable()
    cloud.hold("activation")
    idle.begin_registration()
    registration = idle.wait_failure("server_error", "activation")
    assert "took the request and did not answer in time" in registration["lastFailure"]["message"]
    cloud.clear()
    idle.config.write(network__timeout=60)
    idle.hup()
    assert_one_device(idle, cloud)


@pytest.mark.complaint("enrolment: DNS, firewall, proxy, TLS, clock and a refused token share one generic message")
@pytest.mark.complaint("network: a name that failed to resolve once is never looked up again")
def test_name_that_does_not_resolve(idle, cloud):
    idle.config.base = idle.config.base.replace(SSE_HOST, "no-such-host.invalid", 1)
    idle.config.write(network__connect_timeout=0.5)
    idle.start()
    idle.enable()
    idle.begin_registration(cloud.token())
    registration = idle.wait_failure("dns_failed", "context")
    assert "no-such-host.invalid could not be resolved" in registration["lastFailure"]["message"]
    assert cloud.count("POST", "") == 0


@pytest.mark.complaint("enrolment: DNS, firewall, proxy, TLS, clock and a refused token share one generic message")
def test_a_connection_that_nobody_answers(idle):
    """As behind a firewall that drops packets."""
    place = Connect(idle)
    idle.config.write(network__connect_timeout=0.2)
    place.start()
    idle.enable()
    idle.begin_registration("A" * 35)
    registration = idle.wait_failure("connect_timeout", "context")
    assert SSE_HOST in registration["lastFailure"]["message"]
    place.close()


@pytest.mark.parametrize("anchors", ["missing", "garbage"])
def test_trust_anchors_that_cannot_be_read(idle, cloud, anchors):
    bundle = idle.folder / "bundle.pem"
    if anchors == "garbage":
        bundle.write_text("no certificate\n")
    idle.config.write(network__ca_bundle=str(bundle))
    idle.start()
    idle.enable()
    idle.begin_registration()
    registration = idle.wait_failure("tls_untrusted", "context")
    assert str(bundle) in registration["lastFailure"]["message"]
    bundle.write_bytes((cloud.directory / "tls-ca.pem").read_bytes())
    assert_one_device(idle, cloud)


# The clock


@pytest.mark.complaint("enrolment: DNS, firewall, proxy, TLS, clock and a refused token share one generic message")
@pytest.mark.parametrize("offset, shown", [(4000, -4000), (-86400, 86400)])
def test_clock_offset_is_shown(ready, cloud, offset, shown):
    cloud.fault("status", "status", 401)
    cloud.fault("status", "clock", offset)
    ready.begin_registration()
    registration = ready.wait_failure("clock_skew", "confirm")
    failure = registration["lastFailure"]
    assert abs(failure["clockOffset"] - shown) <= 10
    assert ("ahead of" if shown > 0 else "behind the server") in failure["message"]
    assert failure["permanent"] is False
    cloud.clear()
    assert_one_device(ready, cloud)


def test_unauthorized_with_a_right_clock(ready, cloud):
    cloud.fault("status", "status", 401)
    ready.begin_registration()
    failure = ready.wait_failure("certificate_refused", "confirm")["lastFailure"]
    assert abs(failure["clockOffset"]) <= 10
    cloud.clear()
    assert_one_device(ready, cloud)


# Retry-After


def retry_after(when):
    if when == "date":
        return email.utils.formatdate(time.time() + 3600, usegmt=True), 3600
    return when, min(int(when), 86400)


@pytest.mark.complaint("retry: Retry-After is not obeyed, or a senseless one makes a loop")
@pytest.mark.parametrize("status, reason", [(429, "rate_limited"), (503, "server_error")])
@pytest.mark.parametrize("when", ["3600", "date", "999999999"])
@pytest.mark.parametrize("step", ["context", "certificate"])
def test_retry_after_is_obeyed(ready, cloud, step, status, reason, when):
    text, seconds = retry_after(when)
    cloud.fault(ENDPOINTS[step], "status", status, "--retry-after", text)
    ready.begin_registration()
    registration = ready.wait_failure(reason, step)
    wait = registration["nextAttempt"] - registration["lastFailure"]["time"]
    assert seconds - 10 <= wait <= seconds * 1.1 + 10
    assert registration["attempt"] == 1


@pytest.mark.complaint("retry: Retry-After is not obeyed, or a senseless one makes a loop")
@pytest.mark.parametrize("text", ["0", "-5", "soon", "Thu, 01 Jan 1970 00:00:00 GMT", "99999999999999999999"])
def test_retry_after_that_makes_no_pause(idle, cloud, text):
    """A time of zero, or nonsense, makes the ordinary pauses and no loop; too long a time counts as a day."""
    idle.config.write(timing__backoff_initial=30, timing__backoff_cap=60)
    idle.start()
    idle.enable()
    cloud.fault("contexts", "status", 503, "--retry-after", text)
    idle.begin_registration()
    registration = idle.wait_failure("server_error", "context")
    wait = registration["nextAttempt"] - registration["lastFailure"]["time"]
    if text.startswith("9"):
        assert 86400 - 1 <= wait <= 86400 * 1.1
    else:
        assert 29 <= wait <= 81
    assert (registration["attempt"], registration["running"]) == (1, False)
    assert cloud.count("POST", "/contexts") == 1


@pytest.mark.complaint("retry: the delays differ from the documented ones, or a 5xx is not retried")
@pytest.mark.parametrize("status", [408, 502, 504])
def test_every_fault_of_a_server_is_retried(ready, cloud, status):
    cloud.fault("contexts", "status", status, "--times", 2)
    ready.register()
    assert cloud.count("POST", "/contexts") == 3


def test_enrolment_pending(ready, cloud):
    """After 202 the agent asks again with the same key at the time that the server named."""
    cloud.fault("simpleenroll", "pending", "4")
    ready.begin_registration()
    registration = ready.wait_failure("est_pending", "certificate")
    assert registration["lastFailure"]["remedy"].startswith("Ask the certificate authority's administrator to decide")
    key = ready.saved()["privateKey"]
    assert registration["nextAttempt"] - registration["lastFailure"]["time"] >= 3
    cloud.clear()
    ready.restart()
    assert_one_device(ready, cloud)
    assert ready.saved()["privateKey"] == key


def test_enrolment_forbidden(ready, cloud):
    """403 may be a policy, or a person who has not approved yet: the agent tries again, slowly."""
    cloud.fault("simpleenroll", "status", 403)
    ready.begin_registration()
    registration = ready.wait_failure("server_error", "certificate")
    assert "forbids the enrolment for now: it answered 403" in registration["lastFailure"]["message"]
    assert registration["lastFailure"]["permanent"] is False
    assert registration["lastFailure"]["remedy"].startswith("Ask the certificate authority's administrator to allow the appliance")
    assert registration["nextAttempt"] - registration["lastFailure"]["time"] >= 590
    ready.restart()
    assert abs(ready.registration()["nextAttempt"] - registration["nextAttempt"]) <= 2


@pytest.mark.complaint("network: a web page in place of an answer is reported as an invalid character")
@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_captive_portal_is_no_refused_enrolment(ready, cloud, status):
    cloud.fault("simpleenroll", "status", status)
    cloud.fault("simpleenroll", "html")
    ready.begin_registration()
    failure = ready.wait_failure("unexpected_reply", "certificate")["lastFailure"]
    assert failure["permanent"] is False
    cloud.clear()
    assert_one_device(ready, cloud)


@pytest.mark.complaint("enrolment: a refused token is taken for a network fault, is sent again, or leaves data behind")
@pytest.mark.parametrize("status", [400, 401])
def test_enrolment_refused(ready, cloud, status):
    cloud.fault("simpleenroll", "status", status)
    ready.begin_registration()
    registration = ready.wait_state("unregistered")
    failure = registration["lastFailure"]
    assert (failure["reason"], failure["permanent"]) == ("est_rejected", True)
    assert set(ready.saved()) == {"state", "since", "guid", "lastFailure", "requestedBy"}
    cloud.clear()
    ready.register()
    assert_one_device(ready, cloud)


def test_attempts_are_counted_and_forgotten(ready, cloud):
    cloud.fault("cacerts", "status", 500)
    ready.begin_registration()
    first = ready.wait_for(lambda r: r["attempt"] >= 1)
    later = ready.wait_for(lambda r: r["attempt"] >= first["attempt"] + 3)
    assert later["lastFailure"]["requestId"] != first["lastFailure"]["requestId"]
    cloud.clear()
    assert assert_one_device(ready, cloud)["attempt"] == 0
