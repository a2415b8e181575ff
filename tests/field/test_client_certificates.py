"""Web servers and load balancers that demand client certificates, and refuse the appliance's."""

import struct

import pytest

import certificates
from front import FRONTS
from support import programs
from support.clock import Clock
from support.est import BRISK, ask_for_renewal
from way import backend, lead

VERSIONS = ("1.2", "1.3")


@pytest.fixture(name="settled")
def make_settled(idle, cloud):
    """A registered agent whose way to the regional server can be changed by a reload."""
    idle.config.write(**BRISK)
    idle.start()
    idle.register()
    assert len(cloud.devices()) == 1
    return idle


class Refusing:
    """Makes servers that refuse the certificate of an agent, each for one reason."""

    def __init__(self, agent, cloud, identity):
        self.agent, self.cloud, self.identity = agent, cloud, identity

    def make(self, kind, why, **options):
        folder = self.agent.folder
        options["clients"] = certificates.device_cas(folder, self.cloud)
        if why == "foreign":
            options["clients"] = certificates.foreign_ca(folder)[0]
        elif why == "revoked":
            serial = self.agent.registration()["certificate"]["serial"]
            options["revoked"] = certificates.revocations(folder, self.cloud, serial)
        front = FRONTS[kind](folder, backend(self.cloud), self.identity, **options)
        if why == "expired":
            self.age(front)
        return front

    def age(self, front):
        """By the clock of the server the certificate has expired."""
        path = self.agent.folder / "server-clock"
        certificate = self.agent.registration()["certificate"]
        path.write_bytes(struct.pack("=qq", certificate["notAfter"] - certificate["notBefore"] + 60, 0))
        front.env = {"LD_PRELOAD": programs.program("system/support/stepped-clock.so"), "CLOCK_OFFSETS": str(path)}


@pytest.fixture(name="refusing")
def make_refusing(settled, cloud, identity):
    return Refusing(settled, cloud, identity)


def reason_of(kind, why):
    """nginx finishes the handshake and refuses on a page that does not say why; the others send an alert."""
    return "certificate_expired" if why == "expired" and kind != "nginx" else "certificate_refused"


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("why", ["foreign", "revoked", "expired"])
@pytest.mark.parametrize("kind", FRONTS)
def test_refused(settled, cloud, refusing, kind, why, version):
    """The reason says so, and its remedy leads out: this server is gone once a new certificate is there."""
    with refusing.make(kind, why, versions=(version,)) as front:
        lead(settled, "sse", to=front.port)
        settled.hup()
        failure = settled.wait_failure(reason_of(kind, why), "refresh")["lastFailure"]
        assert failure["permanent"] is False
        assert "--local-only" in failure["remedy"] and "register with a new token" in failure["remedy"]
        assert failure["reason"] in settled.ctl("status").stdout
    assert settled.ctl("deregister", "--local-only", "--yes").returncode == 0
    settled.wait_state("unregistered")
    lead(settled, "sse", to=backend(cloud))
    settled.hup()
    assert settled.register()["health"] == "ok"


@pytest.mark.parametrize("kind", FRONTS)
def test_expired_by_both_clocks(idle, cloud, identity, kind):
    """Where the server does not say why it refuses, the appliance's own clock does."""
    clock = Clock(idle)
    idle.config.write(**BRISK)
    clock.start()
    idle.register()
    cloud.fault("simplereenroll", "status", 503)
    with Refusing(idle, cloud, identity).make(kind, "expired") as front:
        lead(idle, "sse", to=front.port)
        certificate = idle.registration()["certificate"]
        idle.hup()
        clock.step(certificate["notAfter"] - certificate["notBefore"] + 60)
        failure = idle.wait_failure("certificate_expired", "refresh")["lastFailure"]
        assert "--local-only" in failure["remedy"]
        assert idle.registration()["health"] == "certificate_expired"


def answered(cloud, before):
    return [one.status for one in cloud.requests()[before:] if one.path.endswith("/refresh")]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("kind", FRONTS)
def test_taken(settled, cloud, refusing, kind, version):
    """The server takes the certificate; the answer behind it is the sandbox's, which gets none from the server."""
    with refusing.make(kind, "nothing", versions=(version,)) as front:
        lead(settled, "sse", to=front.port)
        before = len(cloud.requests())
        settled.hup()
        programs.until(lambda: "401" in answered(cloud, before), "a refresh comes through")


# Apache asks for the certificate once it knows the path: it renegotiates (TLS 1.2), or authenticates after the handshake.


@pytest.mark.parametrize("version", VERSIONS)
def test_taken_after_the_handshake(settled, cloud, refusing, version):
    with refusing.make("apache", "nothing", versions=(version,), path="/refresh$") as front:
        before = len(cloud.requests())
        lead(settled, "sse", to=front.port)
        settled.hup()
        programs.until(lambda: "401" in answered(cloud, before), "a refresh comes through")


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("why", ["foreign", "revoked", "expired"])
def test_refused_after_the_handshake(settled, refusing, why, version):
    with refusing.make("apache", why, versions=(version,), path="/refresh$") as front:
        lead(settled, "sse", to=front.port)
        settled.hup()
        failure = settled.wait_failure(reason_of("apache", why), "refresh")["lastFailure"]
        assert "--local-only" in failure["remedy"]


# At the other steps that show the certificate


@pytest.mark.parametrize("version", VERSIONS)
def test_refused_at_a_deregistration(settled, cloud, refusing, version):
    """The device can't be removed so: the remedy is to forget the registration here."""
    guid = settled.registration()["guid"]
    with refusing.make("apache", "foreign", versions=(version,), path=f"/contexts/{guid}$") as front:
        lead(settled, "sse", to=front.port)
        settled.hup()
        settled.call("Deregister")
        failure = settled.wait_failure("certificate_refused", "delete")["lastFailure"]
        assert "--local-only" in failure["remedy"]
        assert settled.ctl("deregister", "--local-only", "--yes").returncode == 0
        settled.wait_state("unregistered")


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("kind", FRONTS)
def test_refused_at_a_renewal(settled, cloud, refusing, kind, version):
    """The EST server's front end refuses: the appliance keeps its certificate, and renews once it is taken."""
    serial = settled.registration()["certificate"]["serial"]
    with refusing.make(kind, "foreign", versions=(version,)) as front:
        # What is asked without a certificate, /cacerts, is refused as well, and the renewal does without.
        lead(settled, "est", to=front.port)
        settled.hup()
        ask_for_renewal(settled)
        failure = settled.wait_failure("certificate_refused", "renewal-certificate")["lastFailure"]
        assert "--local-only" in failure["remedy"]
        assert settled.registration()["certificate"]["serial"] == serial
    lead(settled, "est", to=backend(cloud))
    settled.hup()
    settled.wait_for(lambda r: r["certificate"]["serial"] != serial and not r["running"], "a renewal")


@pytest.mark.parametrize("version", VERSIONS)
def test_refused_at_the_end_of_a_registration(idle, cloud, identity, version):
    """The token is used up, and the new certificate is not taken."""
    idle.start()
    idle.enable()
    with Refusing(idle, cloud, identity).make("apache", "foreign", versions=(version,), path="/status$") as front:
        lead(idle, "sse", to=front.port)
        idle.hup()
        idle.begin_registration()
        failure = idle.wait_failure("certificate_refused", "confirm")["lastFailure"]
        assert "Cancel the registration and register again with a new token" in failure["remedy"]
        # The remedy can be followed.
        idle.call("Cancel")
        idle.wait_state("unregistered")
        idle.begin_registration()
        idle.wait_failure("certificate_refused", "confirm")
    lead(idle, "sse", to=backend(cloud))
    idle.hup()
    idle.wait_state("registered")


@pytest.mark.parametrize("version, text", [("1.2", "ended the TLS handshake"), ("1.3", "demands a client certificate")])
@pytest.mark.parametrize("kind", ["apache", "haproxy", "stunnel"])
def test_demanded_before_the_first_one(idle, cloud, identity, kind, version, text):
    """An EST server's front end that lets nobody in without a certificate: by TLS 1.3 it says so."""
    idle.start()
    idle.enable()
    with Refusing(idle, cloud, identity).make(kind, "nothing", versions=(version,)) as front:
        lead(idle, "est", to=front.port)
        idle.hup()
        idle.begin_registration()
        failure = idle.wait_failure("unexpected_reply", "trust")["lastFailure"]
        assert text in failure["message"], failure
    lead(idle, "est", to=backend(cloud))
    idle.hup()
    idle.wait_state("registered")
