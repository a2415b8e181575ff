"""Steps of the tests of the EST client: an agent enrols, renews, and shows that its identity works."""

import pytest

from support import programs, wire
from support.cloud import EST_HOST
from support.refreshing import refreshes

EST_TLS = f"tls:{EST_HOST}"

# A configuration with frequent refreshes.
BRISK = {"timing__refresh_interval": 0.05, "timing__refresh_jitter": 0.0}


def switch_on(cloud, *faults):
    """Switches faults on; each is (endpoint, kind, value...)."""
    for fault in faults:
        cloud.fault(*fault)


def enrolments(cloud, operation="simpleenroll"):
    """Returns the status of each answer to an enrolment, in order."""
    return [one.status for one in cloud.requests() if one.path.endswith("/" + operation)]


def ask_for_renewal(agent):
    """Asks for a renewal; one that is under way already serves as well."""
    try:
        agent.call("Renew")
    except wire.Error as error:
        assert error.parameters["reason"] == "busy", error


def renew(agent):
    """Renews and returns the registration."""
    before = agent.registration()["certificate"]["serial"]
    ask_for_renewal(agent)
    return agent.wait_for(
        lambda r: r["certificate"]["serial"] != before and r["state"] == "registered" and not r["running"],
        "a renewal",
    )


def enrol_and_renew(agent):
    """Registers, refreshes and renews; returns the registration."""
    agent.register()
    return renew(agent)


def fail_renewal(agent, reason, step="renewal-certificate"):
    """Asks for a renewal that fails, and returns the failure."""
    ask_for_renewal(agent)
    return agent.wait_failure(reason, step)["lastFailure"]


def identity(agent):
    """Returns key and certificate on disk: the appliance's identity for the cloud."""
    saved = agent.saved()
    return saved["privateKey"], saved["certificate"]


def assert_identity_works(agent, cloud, before):
    """The identity is the earlier one, and the cloud still accepts it."""
    assert identity(agent) == before
    wanted = refreshes(cloud) + 2
    agent.wait_for(lambda r: refreshes(cloud) >= wanted, "refreshes with the old identity")
    registration = agent.registration()
    assert registration["state"] == "registered"


def fingerprint(pem):
    """Returns the SHA-256 of a certificate as OpenSSL writes it."""
    result = programs.run("openssl", "x509", "-noout", "-fingerprint", "-sha256", input=pem)
    return result.stdout.strip().partition("=")[2]


def named(value):
    """Returns a readable name of a parametrized case."""
    if isinstance(value, tuple):
        return "-".join(named(part) for part in value) or "plain"
    return str(value)


def cases(*values):
    """Returns cases for parametrize, named by the faults that they switch on."""
    return [pytest.param(value, id=named(value)) for value in values]
