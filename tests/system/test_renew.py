"""Renewal on request, and the certificate that an administrator can see."""

import time

import pytest

from support import programs


def test_renew(registered, cloud):
    before = registered.registration()["certificate"]
    key = registered.saved()["privateKey"]
    result = registered.ctl("renew", "--wait=30")
    assert result.returncode == 0, result.stderr
    assert [line for line in result.stdout.splitlines() if line.endswith("... done")] == [
        "renewal-key ... done",
        "renewal-trust ... done",
        "renewal-certificate ... done",
        "renewal-proof ... done",
    ]
    registration = registered.registration()
    assert registration["certificate"]["serial"] != before["serial"]
    assert registered.saved()["privateKey"] != key
    assert cloud.devices()[0]["certificateSerial"] == registration["certificate"]["serial"]
    assert (cloud.count("POST", "/simpleenroll"), cloud.count("POST", "/activations")) == (1, 1)


@pytest.mark.complaint("retry: no command makes a waiting agent try again at once")
def test_renew_makes_up_for_what_waits(registered, cloud):
    """A request does not wait for the next attempt of a failed renewal."""
    before = registered.registration()["certificate"]
    cloud.fault("simplereenroll", "status", 503, "--retry-after", "3600")
    registered.call("Renew")
    registered.wait_failure("server_error", "renewal-certificate")
    cloud.clear()
    registered.call("Renew")
    registered.wait_for(lambda r: r["certificate"]["serial"] != before["serial"])


def test_renew_while_renewing(registered, cloud):
    cloud.fault("simplereenroll", "delay", 600)
    registered.call("Renew")
    registered.wait_step("renewal-certificate")
    name, parameters = registered.error("Renew")
    assert (name, parameters["reason"]) == ("Refused", "busy")
    assert registered.ctl("renew").returncode == 6


@pytest.mark.complaint("certificates: a failed renewal is reported nowhere, or exits with 0")
@pytest.mark.parametrize("state, reason", [("unregistered", "not_registered"), ("disabled", "feature_disabled")])
def test_renew_is_refused(ready, state, reason):
    if state == "disabled":
        ready.register()
        ready.call("Stage", {"enabled": False})
        ready.call("Commit")
    name, parameters = ready.error("Renew")
    assert (name, parameters["reason"]) == ("Refused", reason)


def test_certificate(registered):
    told = registered.call("GetCertificate")
    saved = registered.saved()
    assert told["certificate"] == saved["certificate"]
    assert told.get("chain") == saved.get("chain")
    assert told["info"] == registered.registration()["certificate"]
    assert "PRIVATE" not in str(told)

    # The openssl program agrees with the worker.
    pem = registered.ctl("certificate", "--pem").stdout
    assert pem.startswith("-----BEGIN CERTIFICATE-----\n")
    read = programs.run("openssl", "x509", "-noout", "-serial", "-fingerprint", "-sha256", "-checkend", "0", input=pem)
    serial, fingerprint, _ = read.stdout.splitlines()
    assert serial.partition("=")[2].lower() == told["info"]["serial"]
    assert fingerprint.partition("=")[2].replace(":", "").lower() == told["info"]["fingerprint"]


def test_the_certificate_chains_to_the_root_of_the_est_server(registered, cloud):
    certificate = registered.folder / "certificate.pem"
    certificate.write_text(registered.ctl("certificate", "--pem").stdout)
    result = programs.run(
        "openssl", "verify", "-purpose", "sslclient", "-CAfile", cloud.directory / "est-root.pem",
        "-untrusted", cloud.directory / "est-issuing.pem", certificate,
    )  # fmt: skip
    assert (result.returncode, result.stdout) == (0, f"{certificate}: OK\n")


def test_no_certificate_while_unregistered(agent):
    name, parameters = agent.error("GetCertificate")
    assert (name, parameters["reason"]) == ("Refused", "not_registered")
    assert agent.ctl("certificate").returncode == 5


@pytest.mark.complaint("certificates: a new certificate that the cloud refuses is kept for ever")
def test_a_new_certificate_that_is_refused(registered, cloud):
    """It is dropped, and with it its key; "renew" gets another one at once, the agent does after a pause."""
    before = registered.saved()
    registered.config.write(timing__refusal_patience=0.5)
    registered.call("Reload")
    cloud.fault("status", "status", 401)
    registered.call("Renew")
    registered.wait_failure("certificate_refused", "renewal-proof")
    refused = registered.saved()["newPrivateKey"]
    registered.call("Renew")
    registered.wait_for(lambda _: registered.saved().get("newPrivateKey") not in (None, refused))
    registered.wait_for(lambda _: "renewalStep" not in registered.saved())
    after = registered.saved()
    assert (after["privateKey"], after["certificate"]) == (before["privateKey"], before["certificate"])
    assert after["nextRenewal"] > time.time()
    assert "newPrivateKey" not in after
    assert cloud.count("POST", "/simplereenroll") == 2

    cloud.clear()
    registered.call("Renew")
    registered.wait_for(lambda _: registered.saved()["certificate"] != before["certificate"])
    assert registered.registration()["health"] == "ok"
