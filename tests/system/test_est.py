"""The EST client works against servers of every kind: each peculiarity by itself, and all those of a known server."""

import time

import pytest

from support.est import EST_TLS, cases, enrol_and_renew, enrolments, fail_renewal, refreshes, renew, switch_on

# Peculiarities that a server may have.
PECULIAR = [
    *[("est", "encoding", form) for form in "unwrapped crlf wide odd blanks nul pem der pem-certificates".split()],
    ("simpleenroll", "encoding", "certificate"),
    ("simplereenroll", "encoding", "certificate"),
    ("cacerts", "encoding", "certificate"),
    *[
        ("est", "headers", words)
        for words in (
            "created",
            "no-type",
            "odd-type",
            "no-encoding",
            "wrong-encoding",
            "lower-case",
            "chunked",
            "until-close",
            "created,no-type,no-encoding,lower-case,chunked",
        )
    ],
    ("est", "content-type", "text/plain"),
    *[
        ("est", "needs", word)
        for word in (
            "newline",
            "columns",
            "exact-type",
            "transfer-encoding",
            "no-expect",
            "length",
            "label",
            "new-key",
            "same-names",
            "exact-usage",
            "ca-signature",
        )
    ],
    *[("est", "chain", words) for words in ("leaf-last", "duplicates", "leaf-last,duplicates", "with-root")],
    ("simpleenroll", "chain", "without-issuer"),
    ("simplereenroll", "chain", "without-issuer"),
    ("cacerts", "chain", "without-issuer"),
    ("simpleenroll", "chain", "with-foreign,leaf-last"),
    *[("est", "issue", word) for word in ("no-usage", "renamed", "capped", "no-end")],
    ("est", "two-levels"),
    ("cacerts", "chain", "with-expired,with-next"),
    *[("csrattrs", "status", status) for status in (204, 400, 404, 405, 501)],
    ("csrattrs", "empty"),
    *[("est", "attributes", words) for words in ("nothing", "unknown", "extension", "sha384", "unknown,extension", "malformed")],
    *[("est", "redirect", word, "--times", 1) for word in ("same", "relative")],
]


@pytest.mark.parametrize("fault", cases(*PECULIAR))
def test_peculiar_server(ready, cloud, fault):
    switch_on(cloud, fault)
    ready.register()
    # Set again: a fault for one request must meet the renewal, too.
    switch_on(cloud, fault)
    registration = renew(ready)
    assert registration["certificate"]["serial"] == cloud.devices()[0]["certificateSerial"]
    assert registration.get("lastFailure") is None


# The peculiarities of known servers.


def prepare(agent, cloud, server):
    """Prepares agent and cloud for a server of that kind."""
    cloud.restart("--est-like", server)
    if server == "foundriesio":
        # It returns the root alone, and its certificates come without their issuer.
        agent.config.write(est__intermediates_file=str(cloud.directory / "est-issuing.pem"))
    agent.config.write(timing__refresh_interval=0.05)
    agent.start()


@pytest.mark.parametrize("server", ["libest", "globalsign", "foundriesio", "digest-pop"])
def test_server_like(idle, cloud, server):
    prepare(idle, cloud, server)
    registration = enrol_and_renew(idle)
    idle.wait_for(lambda r: refreshes(cloud) > 0, "a refresh")
    assert registration["health"] == "ok"
    assert registration["certificate"]["serial"] == cloud.devices()[0]["certificateSerial"]
    # A server that accepts the certificate would take an empty request, sent to learn the scheme, for the real one.
    assert enrolments(cloud, "simplereenroll") == ["201" if server == "foundriesio" else "200"]


# The CA has renamed the subject: the request of the renewal has the names of the certificate, byte for byte.


def test_renamed_subject_is_renewed(ready, cloud):
    switch_on(cloud, ("est", "issue", "renamed"), ("est", "needs", "same-names"))
    registration = enrol_and_renew(ready)
    guid = registration["guid"]
    assert f"CN={guid}" in registration["certificate"]["subject"]
    assert "O=" in registration["certificate"]["subject"]
    assert enrolments(cloud, "simplereenroll") == ["200"]


# The handshake


@pytest.mark.complaint("configuration: switching an option off has no effect")
def test_the_certificate_goes_out_alone(ready, cloud):
    switch_on(cloud, (EST_TLS, "client", "single"))
    enrol_and_renew(ready)


def test_the_chain_goes_out_when_configured(idle, cloud):
    idle.config.write(est__send_chain=True)
    idle.start()
    idle.register()
    switch_on(cloud, (EST_TLS, "client", "chain"))
    renew(idle)


def test_a_server_that_needs_the_chain(ready, cloud):
    ready.register()
    switch_on(cloud, (EST_TLS, "client", "chain"))
    serial = ready.registration()["certificate"]["serial"]
    fail_renewal(ready, "server_error")
    assert ready.registration()["certificate"]["serial"] == serial
    ready.config.write(est__send_chain=True)
    ready.hup()
    ready.wait_for(lambda r: r["certificate"]["serial"] != serial, "a renewal")


@pytest.mark.parametrize("rule, sent", [("chain", True), ("two-issuers", True), ("two-issuers", False)])
def test_two_issuing_levels(idle, cloud, rule, sent):
    """All CAs are in /cacerts, and the server knows the root alone: the chain has to be whole."""
    idle.config.write(est__send_chain=sent)
    idle.start()
    switch_on(cloud, ("est", "two-levels"))
    idle.register()
    switch_on(cloud, (EST_TLS, "client", rule))
    if sent:
        renew(idle)
    else:
        fail_renewal(idle, "server_error")


def test_a_server_that_wants_a_certificate_of_everybody(ready, cloud):
    """It hands out nothing before the first certificate. A renewal does without the CA certificates, which are asked for
    without one."""
    switch_on(cloud, (EST_TLS, "client", "required"))
    ready.begin_registration()
    ready.wait_for(lambda r: r.get("lastFailure", {}).get("step") == "trust", "a failure")
    cloud.clear()
    ready.wait_state("registered")
    switch_on(cloud, (EST_TLS, "client", "required"))
    renew(ready)


# A CA that gives no later end


@pytest.mark.parametrize("end", ["capped", "no-end"])
def test_the_same_end_each_time(ready, cloud, end):
    """A new key is a success. The CA is not asked again until the next renewal is due."""
    switch_on(cloud, ("est", "issue", end))
    first = ready.register()["certificate"]
    second = renew(ready)["certificate"]
    assert second["notAfter"] == first["notAfter"]
    assert second["serial"] != first["serial"]
    assert second["nextRenewal"] > time.time() + 86400
    assert enrolments(cloud, "simplereenroll") == ["200"]
