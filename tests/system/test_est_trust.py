"""Certificates that the EST client trusts: the server's in the handshake, the CA's, and those of a later CA."""

import pytest

from support import programs
from support.cloud import EST_HOST
from support.est import BRISK, EST_TLS, assert_identity_works, cases, enrolments, fail_renewal, fingerprint, identity, renew, switch_on


def foreign_ca(folder):
    """A root that is unrelated to the sandbox."""
    key, certificate = folder / "foreign.key", folder / "foreign.pem"
    result = programs.run(
        "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30",
        "-subj", "/CN=Somebody Else", "-keyout", key, "-out", certificate,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    return certificate


def pem(cloud, name):
    return (cloud.directory / f"{name}.pem").read_text()


# CA certificates


@pytest.mark.parametrize(
    "chain, reason, message",
    [
        ("hundred", "unexpected_reply", f"{EST_HOST}:443 answered 200 with"),
        ("huge", "unexpected_reply", f"The answer of {EST_HOST}:443 is larger than is allowed"),
        ("empty", "unexpected_reply", f"{EST_HOST}:443 answered 200 with"),
    ],
)
def test_anchors_that_are_refused(ready, cloud, chain, reason, message):
    switch_on(cloud, ("cacerts", "chain", chain))
    ready.begin_registration()
    failure = ready.wait_failure(reason, "trust")["lastFailure"]
    assert message in failure["message"]
    assert enrolments(cloud) == []
    cloud.clear()
    if ready.registration()["state"] == "unregistered":
        ready.begin_registration()
    ready.wait_state("registered")


@pytest.mark.parametrize(
    "chain, why", [("with-leaf", "a trust anchor has to be a CA certificate"), ("with-expired", "this trust anchor has expired")]
)
def test_anchors_that_are_left_out(ready, cloud, chain, why):
    """One that can't be used spoils none of the others."""
    switch_on(cloud, ("cacerts", "chain", chain))
    ready.register()
    assert f"A CA certificate of the EST server is left out, {why}" in ready.log()
    assert fingerprint(ready.saved()["trustAnchors"]) in {fingerprint(pem(cloud, name)) for name in ("est-root", "est-issuing")}


@pytest.mark.parametrize("fault", cases(("html",), ("status", 404), ("empty",), ("bad-json",), ("redirect", "other")))
def test_anchors_that_are_none(ready, cloud, fault):
    switch_on(cloud, ("cacerts", *fault))
    ready.begin_registration()
    assert ready.wait_failure("unexpected_reply", "trust")["lastFailure"]["permanent"] is False
    cloud.clear()
    ready.wait_state("registered")


def test_a_certificate_of_another_ca(ready, cloud):
    switch_on(cloud, ("cacerts", "chain", "foreign-only"))
    ready.begin_registration()
    failure = ready.wait_failure("certificate_unusable", "certificate")["lastFailure"]
    assert "it does not chain to the trust anchors" in failure["message"]


def test_missing_issuer(idle, cloud):
    """The issuing CA, which neither /cacerts nor the answer has, must be configured."""
    idle.start()
    idle.enable()
    switch_on(cloud, ("est", "chain", "without-issuer"))
    idle.begin_registration()
    failure = idle.wait_failure("certificate_unusable", "certificate")["lastFailure"]
    assert "(unable to get local issuer certificate)" in failure["message"]
    idle.config.write(est__intermediates_file=str(cloud.directory / "est-issuing.pem"))
    idle.hup()
    if idle.registration()["state"] == "unregistered":
        idle.begin_registration()
    idle.wait_state("registered")
    renew(idle)


# Configured anchors


@pytest.mark.parametrize("separator", ["", ":"])
def test_fingerprint(idle, cloud, separator):
    idle.config.write(est__fingerprint=fingerprint(pem(cloud, "est-root")).replace(":", separator))
    idle.start()
    idle.register()
    renew(idle)


def test_fingerprint_of_an_issuing_ca(idle, cloud):
    """The signature in it says nothing about the root that comes beside it: its key can be made to fit."""
    idle.config.write(est__fingerprint=fingerprint(pem(cloud, "est-issuing")))
    idle.start()
    idle.enable()
    idle.begin_registration()
    message = idle.wait_failure("certificate_unusable", "trust")["lastFailure"]["message"]
    assert fingerprint(pem(cloud, "est-root")).replace(":", "").lower() in message
    assert enrolments(cloud) == []


def test_another_fingerprint(idle, cloud):
    idle.config.write(est__fingerprint=fingerprint(foreign_ca(idle.folder).read_text()))
    idle.start()
    idle.enable()
    idle.begin_registration()
    message = idle.wait_failure("certificate_unusable", "trust")["lastFailure"]["message"]
    assert fingerprint(pem(cloud, "est-root")).replace(":", "").lower() in message
    assert enrolments(cloud) == []


def test_configured_anchors(idle, cloud):
    idle.config.write(est__anchors_file=str(cloud.directory / "est-root.pem"))
    idle.start()
    idle.register()
    renew(idle)


@pytest.mark.parametrize(
    "fault", cases(*[("status", status) for status in (204, 400, 401, 403, 404, 405, 501)], ("closed",))
)
def test_configured_anchors_of_a_server_that_has_none(idle, cloud, fault):
    idle.config.write(est__anchors_file=str(cloud.directory / "est-root.pem"))
    idle.start()
    switch_on(cloud, ("cacerts", *fault))
    idle.register()
    renew(idle)


def test_configured_anchors_that_are_others(idle, cloud):
    idle.config.write(est__anchors_file=str(foreign_ca(idle.folder)))
    idle.start()
    idle.enable()
    idle.begin_registration()
    idle.wait_failure("certificate_unusable", "trust")
    assert enrolments(cloud) == []


def test_anchors_of_the_handshake(idle, cloud):
    """est.tls_anchors_file replaces the bundle for the EST server only."""
    idle.config.write(est__tls_anchors_file=str(cloud.directory / "tls-ca.pem"))
    idle.start()
    idle.register()
    renew(idle)


def test_other_anchors_of_the_handshake(idle, cloud):
    idle.config.write(est__tls_anchors_file=str(cloud.directory / "est-root.pem"))
    idle.start()
    idle.enable()
    idle.begin_registration()
    failure = idle.wait_failure("tls_untrusted", "trust")["lastFailure"]
    assert f"The certificate of {EST_HOST}:443 is not trusted" in failure["message"]
    idle.config.write(est__tls_anchors_file="")
    idle.hup()
    idle.wait_state("registered")


@pytest.mark.parametrize(
    "certificate, reason", [("expired", "tls_expired"), ("foreign", "tls_untrusted"), ("wrong-name", "tls_name")]
)
def test_certificate_of_the_server_at_a_renewal(idle, cloud, certificate, reason):
    idle.config.write(**BRISK)
    idle.start()
    idle.register()
    before = identity(idle)
    switch_on(cloud, (EST_TLS, "certificate", certificate))
    fail_renewal(idle, reason, "renewal-trust")
    assert_identity_works(idle, cloud, before)
    cloud.clear()
    renew(idle)


# A CA that follows the first one


@pytest.fixture(name="settled")
def make_settled(idle):
    """A registered agent that refreshes many times a second."""
    idle.config.write(**BRISK)
    idle.start()
    idle.register()
    return idle


def issued_by(agent, cloud, name):
    """Whether this CA issued the present certificate, by the openssl program."""
    path = agent.folder / "present.pem"
    path.write_text(agent.saved()["certificate"])
    result = programs.run(
        "openssl", "verify", "-partial_chain", "-CAfile", cloud.directory / f"{name}.pem", path,
    )  # fmt: skip
    return result.returncode == 0


@pytest.mark.complaint("certificates: a replaced CA stops the fleet")
@pytest.mark.parametrize("link", ["new-with-old", "cross"])
def test_linked_ca(settled, cloud, link):
    assert issued_by(settled, cloud, "est-issuing")
    switch_on(cloud, ("est", "replace-ca", link))
    renew(settled)
    assert issued_by(settled, cloud, "est-new-issuing")
    assert pem(cloud, "est-new-root").strip() in settled.saved()["trustAnchors"]
    assert_identity_works(settled, cloud, identity(settled))
    # The new CA now vouches for the next one.
    renew(settled)


@pytest.mark.parametrize("link", ["new-with-old", "cross"])
def test_linked_ca_in_the_middle_of_the_change(settled, cloud, link):
    """The old root has expired beside it, and the next but one is there before its time."""
    switch_on(cloud, ("est", "replace-ca", link), ("cacerts", "chain", "with-expired,with-next"))
    renew(settled)
    assert issued_by(settled, cloud, "est-new-issuing")
    assert "is not valid yet" in settled.log() and "has expired" in settled.log()
    assert_identity_works(settled, cloud, identity(settled))


@pytest.mark.parametrize("link", ["unlinked", "old-with-new"])
def test_unlinked_ca(settled, cloud, link):
    """A certificate of the old key by the new one proves nothing: anybody can certify any key."""
    before, anchors = identity(settled), settled.saved()["trustAnchors"]
    switch_on(cloud, ("est", "replace-ca", link))
    failure = fail_renewal(settled, "certificate_unusable")
    assert "it does not chain to the trust anchors" in failure["message"]
    assert fingerprint(pem(cloud, "est-new-root")).replace(":", "").lower() in settled.log()
    assert settled.saved()["trustAnchors"] == anchors
    assert_identity_works(settled, cloud, before)

    # The administrator confirms it by its fingerprint.
    settled.config.write(est__fingerprint=fingerprint(pem(cloud, "est-new-root")))
    settled.hup()
    renew(settled)
    assert issued_by(settled, cloud, "est-new-issuing")


def test_a_foreign_anchor_beside_the_known_ones(settled, cloud):
    """The agent does not trust a CA that a server adds beside the known ones."""
    anchors = settled.saved()["trustAnchors"]
    switch_on(cloud, ("cacerts", "chain", "with-foreign"))
    renew(settled)
    assert settled.saved()["trustAnchors"] == anchors
