"""Enrolments that fail: each fault has its reason, and none costs an identity."""

import re

import pytest

from support.cloud import EST_HOST
from support.est import BRISK, assert_identity_works, cases, enrolments, fail_renewal, identity, renew, switch_on


@pytest.fixture(name="brisk")
def make_brisk(idle):
    """An agent, enabled and unregistered, that refreshes many times a second once it is registered."""
    idle.config.write(**BRISK)
    idle.start()
    idle.enable()
    return idle


# Faults of issued certificates, with the words of the message.
DEFECTS = {
    "foreign-key": "The EST server sent 2 certificates, none of which holds our key",
    "ca": "it is a CA certificate",
    "server-only": "its extended key usage does not allow client authentication",
    "expired": "it has expired",
    "not-yet": "it is not valid yet",
    "sha1": "it is signed with SHA-1",
    "other-issuer": "it does not chain to the trust anchors (certificate signature failure)",
}
CHAINS = {
    "foreign-only": ("certificate_unusable", "The EST server sent 1 certificate, none of which holds our key"),
    "empty": ("unexpected_reply", f"{EST_HOST}:443 answered 200 with"),
    "hundred": ("unexpected_reply", f"{EST_HOST}:443 answered 200 with"),
    "huge": ("unexpected_reply", f"The answer of {EST_HOST}:443 is larger than is allowed"),
}
WRONG = [
    *[(("issue", defect), "certificate_unusable", message) for defect, message in DEFECTS.items()],
    *[(("chain", chain), *rest) for chain, rest in CHAINS.items()],
    (("html",), "unexpected_reply", "200 with"),
    (("empty",), "unexpected_reply", "an empty body"),
    (("status", 204), "unexpected_reply", "204"),
    (("bad-json",), "unexpected_reply", "no certificates"),
    (("redirect", "other"), "unexpected_reply", "307"),
    (("truncate",), "server_error", "broke off"),
    (("drop",), "server_error", "broke off"),
    (("oversize",), "unexpected_reply", "larger than is allowed"),
    (("status", 500), "server_error", "500"),
    (("status", 429), "rate_limited", "429"),
    (("status", 403), "server_error", "forbids the enrolment for now"),
    (("status", 404), "unexpected_reply", "has no such operation"),
    (("pending", "3600"), "est_pending", "has not decided yet"),
]
FINAL = [
    (("status", 400), "est_rejected", "400"),
    (("status", 401), "est_rejected", "401"),
    (("status", 409), "est_rejected", "409"),
]


def expectations(rows):
    return [pytest.param(*row, id="-".join(str(part) for part in row[0])) for row in rows]


@pytest.mark.parametrize("fault, reason, message", expectations(WRONG))
def test_registration(ready, cloud, fault, reason, message):
    switch_on(cloud, ("simpleenroll", *fault))
    ready.begin_registration()
    failure = ready.wait_failure(reason, "certificate")["lastFailure"]
    assert message in failure["message"]
    key = None
    if not failure["permanent"]:
        assert ready.registration()["state"] == "registering"
        key = ready.saved()["privateKey"]
    cloud.clear()
    if failure["permanent"]:
        ready.wait_state("unregistered")
        ready.begin_registration()
    elif ready.registration().get("nextAttempt", 0) > failure["time"] + 5:
        # The server asked to wait: an administrator need not.
        ready.restart()
        ready.call("Retry")
    registration = ready.wait_state("registered")
    assert registration["certificate"]["serial"] == cloud.devices()[0]["certificateSerial"]
    # The second request has the same key.
    assert key in (None, ready.saved()["privateKey"])


@pytest.mark.parametrize("fault, reason, message", expectations(FINAL))
def test_registration_is_refused(ready, cloud, fault, reason, message):
    switch_on(cloud, ("simpleenroll", *fault))
    ready.begin_registration()
    failure = ready.wait_failure(reason, "certificate")["lastFailure"]
    assert message in failure["message"]
    assert failure["permanent"] is True
    assert ready.registration()["state"] == "unregistered"
    assert "privateKey" not in ready.saved() and "enrollment" not in ready.saved()
    assert len(enrolments(cloud)) == 1
    cloud.clear()
    ready.register()


@pytest.mark.parametrize("fault, reason, message", expectations([*WRONG, *FINAL]))
def test_renewal(brisk, cloud, fault, reason, message):
    brisk.register()
    before = identity(brisk)
    switch_on(cloud, ("simplereenroll", *fault))
    failure = fail_renewal(brisk, reason)
    assert message in failure["message"]
    assert failure["permanent"] is False
    assert_identity_works(brisk, cloud, before)
    cloud.clear()
    assert renew(brisk)["certificate"]["serial"] == cloud.devices()[0]["certificateSerial"]
    assert identity(brisk) != before


def test_renewal_for_a_shorter_time(brisk, cloud):
    """A certificate that ends before the present one is no renewal."""
    brisk.register()
    before = identity(brisk)
    switch_on(cloud, ("est", "issue", "brief"))
    assert "it ends before the one that it replaces" in fail_renewal(brisk, "certificate_unusable")["message"]
    assert_identity_works(brisk, cloud, before)
    cloud.clear()
    renew(brisk)


@pytest.mark.complaint("certificates: an odd certificate is renewed in a loop")
def test_a_brief_first_certificate_is_fine(ready, cloud):
    switch_on(cloud, ("est", "issue", "brief"))
    ready.register()
    cloud.clear()
    renew(ready)


@pytest.mark.complaint("certificates: the new certificate replaces the old one before it has been used")
def test_a_new_pair_that_the_cloud_refuses(brisk, cloud):
    brisk.register()
    before = identity(brisk)
    switch_on(cloud, ("status", "status", 401))
    fail_renewal(brisk, "certificate_refused", "renewal-proof")
    assert_identity_works(brisk, cloud, before)
    cloud.clear()
    brisk.wait_for(lambda r: identity(brisk) != before and not r["running"], "the new pair in use")
    assert enrolments(cloud, "simplereenroll") == ["200"]


# The CA takes its time


def test_the_same_key_comes_back(ready, cloud):
    switch_on(cloud, ("est", "same-key", "0"))
    ready.register()
    assert enrolments(cloud) == ["202", "200"]
    renew(ready)
    assert enrolments(cloud, "simplereenroll") == ["202", "200"]


def test_the_same_key_comes_back_after_a_restart(ready, cloud):
    switch_on(cloud, ("est", "same-key", "3600"))
    ready.begin_registration()
    ready.wait_failure("est_pending", "certificate")
    ready.restart()
    ready.call("Retry")
    ready.wait_state("registered")
    assert enrolments(cloud) == ["202", "200"]


@pytest.mark.parametrize(
    "when, least, most",
    [
        ("100", 100, 112),
        ("date:1000", 998, 1103),
        ("99999999999999999999", 86400, 95050),
        ("date:8000000", 86400, 95050),
        ("none", 0, 2),
        ("soon", 0, 2),
        ("-5", 0, 2),
        ("0", 0, 2),
    ],
)
def test_when_to_come_back(ready, cloud, when, least, most):
    switch_on(cloud, ("simpleenroll", "pending", when))
    ready.begin_registration()
    registration = ready.wait_for(
        lambda r: r.get("nextAttempt") and r.get("lastFailure", {}).get("reason") == "est_pending", "a plan"
    )
    assert least <= registration["nextAttempt"] - registration["lastFailure"]["time"] <= most


def test_answer_without_a_length(ready, cloud):
    """The answer has neither a length nor a body."""
    switch_on(cloud, ("simpleenroll", "pending", "0", "--times", 1), ("simpleenroll", "headers", "until-close"))
    ready.register()
    assert enrolments(cloud) == ["202", "200"]


# Texts of a server


@pytest.mark.parametrize("body", ["text", "xml", "control", "long"])
@pytest.mark.parametrize("status", [400, 403, 500])
def test_what_the_server_says_is_shown(ready, cloud, body, status):
    reason = {400: "est_rejected", 403: "server_error", 500: "server_error"}[status]
    switch_on(cloud, ("simpleenroll", "status", status), ("simpleenroll", "error-body", body))
    ready.begin_registration()
    message = ready.wait_failure(reason, "certificate")["lastFailure"]["message"]
    assert str(status) in message
    assert ("xxxxxxxx" if body == "long" else "on the list") in message
    assert not re.search(r"[^\x20-\x7e]", message)
    assert len(message) < 600


@pytest.mark.parametrize("status", [400, 401, 403])
def test_a_page_is_no_refusal(ready, cloud, status):
    """The page of a proxy or captive portal with the status of a refusal does not end a registration."""
    switch_on(cloud, ("simpleenroll", "status", status), ("simpleenroll", "error-body", "html"))
    ready.begin_registration()
    failure = ready.wait_failure("unexpected_reply", "certificate")["lastFailure"]
    assert failure["permanent"] is False
    cloud.clear()
    ready.wait_state("registered")


def test_a_clock_that_is_wrong(ready, cloud):
    switch_on(cloud, ("simpleenroll", "status", 401), ("simpleenroll", "clock", -7200))
    ready.begin_registration()
    failure = ready.wait_failure("clock_skew", "certificate")["lastFailure"]
    assert failure["permanent"] is False
    assert 7198 <= failure["clockOffset"] <= 7202
    cloud.clear()
    ready.wait_state("registered")


@pytest.mark.parametrize("fault", cases(("redirect", "same"), ("redirect", "other")))
def test_redirects_end(ready, cloud, fault):
    """The agent follows neither a circle of redirects nor one to another server."""
    switch_on(cloud, ("simpleenroll", *fault))
    ready.begin_registration()
    ready.wait_failure("unexpected_reply", "certificate")
    assert {one.host for one in cloud.requests()} <= {EST_HOST, "api.eu.sse.itd.cisco.com"}
    cloud.clear()
    ready.wait_state("registered")
