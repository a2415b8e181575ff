"""A registered appliance stays registered: refresh, renewal, removal, and clocks that are wrong."""

import contextlib
import json
import os
import signal
import time

import pytest

from support import programs
from support.refreshing import QUICK, refreshes, wait_refreshes

# Long enough for a loaded machine to renew in time; a tenth of it is what a test waits.
VALIDITY = 30


@pytest.fixture(name="quick")
def make_quick(idle):
    """A registered agent that refreshes many times a second."""
    idle.config.write(**QUICK)
    idle.start()
    idle.register()
    return idle


@pytest.fixture(name="renewing")
def make_renewing(idle, cloud):
    """An agent, not registered yet, in a cloud whose certificates live for seconds."""
    cloud.restart("--certificate-validity", str(VALIDITY))
    idle.config.write(**QUICK)
    idle.start()
    return idle


# Refresh


def test_refresh(quick, cloud):
    registration = wait_refreshes(quick, cloud, 3)
    assert (registration["state"], registration["health"]) == ("registered", "ok")
    assert registration["lastSuccess"] >= registration["since"]
    (device,) = cloud.devices()
    assert device["lastRefresh"] >= registration["since"]


def test_refresh_leaves_the_disk_alone(quick, cloud):
    before = quick.state_file.stat()
    wait_refreshes(quick, cloud, 3)
    after = quick.state_file.stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_the_servers_interval_is_used(idle, cloud):
    cloud.restart("--refresh-interval", "1000")
    idle.start()
    registration = idle.register()
    assert 899 <= registration["nextRefresh"] - registration["since"] <= 1101
    assert idle.saved()["refreshInterval"] == 1000


@pytest.mark.complaint("identity: a new host name or address makes another device")
def test_the_cloud_learns_a_new_name(quick, cloud):
    quick.config.write(identity__name="renamed.example.com")
    quick.hup()
    wait_refreshes(quick, cloud)
    assert cloud.devices()[0]["name"] == "renamed.example.com"


@pytest.mark.parametrize(
    "fault, reason",
    [
        (("status", 500), "server_error"),
        (("status", 429), "rate_limited"),
        (("drop",), "server_error"),
        (("html",), "unexpected_reply"),
    ],
    ids=lambda value: " ".join(map(str, value)) if isinstance(value, tuple) else None,
)
def test_unreachable(quick, cloud, fault, reason):
    cloud.fault("refresh", *fault)
    registration = quick.wait_for(lambda r: r["attempt"] >= 2)
    assert (registration["state"], registration["health"]) == ("registered", "unreachable")
    assert (registration["operation"], registration["step"]) == ("refresh", "refresh")
    assert registration["lastFailure"]["reason"] == reason
    assert registration["lastFailure"]["permanent"] is False
    cloud.clear()
    registration = quick.wait_for(lambda r: r["health"] == "ok")
    assert registration["attempt"] == 0


def test_a_worker_that_dies_costs_nothing(quick, cloud):
    cloud.fault("refresh", "delay", 600)

    def kill():
        # The first one may have its answer already.
        for pid in quick.workers():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return quick.registration().get("lastFailure")

    failure = programs.until(kill, "a worker dies in the middle")
    assert (failure["reason"], failure["step"]) == ("worker_failed", "refresh")
    cloud.clear()
    quick.wait_for(lambda r: r["health"] == "ok")


# Removed in the portal


@pytest.mark.complaint("removal: a device removed in the portal keeps asking for ever, or a restart registers it again")
@pytest.mark.complaint("removal: a device removed in the portal comes back only after files are removed by hand")
def test_removed_in_the_portal(quick, cloud):
    """The agent shows it and stays silent; only a new token registers the device again, not a restart."""
    guid = quick.registration()["guid"]
    cloud.remove(guid)
    registration = quick.wait_for(lambda r: r["health"] == "removed_in_portal")
    # Two denials count, then the agent is silent.
    assert refreshes(cloud, "404") == 2
    assert registration["state"] == "registered"
    assert registration["guid"] == guid
    assert registration["lastFailure"]["reason"] == "removed_in_portal"
    assert "nextRefresh" not in registration and "nextAttempt" not in registration and "operation" not in registration
    quick.restart()
    assert quick.registration()["health"] == "removed_in_portal"
    assert refreshes(cloud, "404") == 2
    assert cloud.count("POST", "/contexts") == cloud.count("POST", "/activations") == 1
    assert cloud.devices() == []

    quick.call("Deregister", {"localOnly": True})
    assert quick.register()["guid"] != guid


@pytest.mark.complaint("certificates: a failing renewal hides a removal in the portal")
def test_removed_in_the_portal_while_a_renewal_fails(quick, cloud):
    """Attempts of a renewal, which come more often than refreshes, must not hide the removal."""
    quick.config.write(timing__removal_confirmation=1.0, timing__backoff_cap=0.1)
    quick.restart()
    cloud.fault("simplereenroll", "status", 503)
    quick.call("Renew")
    quick.wait_failure("server_error", "renewal-certificate")
    cloud.remove(quick.registration()["guid"])
    registration = quick.wait_for(lambda r: r["health"] == "removed_in_portal")
    assert refreshes(cloud, "404") == 2
    assert "nextAttempt" not in registration and "operation" not in registration


@pytest.mark.complaint("removal: one 401 or 404 costs the identity")
@pytest.mark.parametrize("status", [404, 410])
def test_one_denial_proves_nothing(quick, cloud, status):
    cloud.fault("refresh", "status", status, "--times", 1)
    registration = quick.wait_failure("removed_in_portal")
    assert registration["state"] == "registered"
    quick.wait_for(lambda r: refreshes(cloud, str(status)) == 1 and r["health"] == "ok")
    assert "removed" not in quick.saved()


@pytest.mark.complaint("removal: one 401 or 404 costs the identity")
def test_a_captive_portals_404_is_no_removal(quick, cloud):
    cloud.fault("refresh", "status", 404)
    cloud.fault("refresh", "html")
    quick.wait_for(lambda r: r["attempt"] >= 4)
    assert quick.registration()["health"] == "unreachable"
    assert quick.registration()["lastFailure"]["reason"] == "unexpected_reply"


# 401 and the clock


@pytest.mark.complaint("removal: one 401 or 404 costs the identity")
def test_401_never_costs_the_identity(quick, cloud):
    before = quick.registration()
    cloud.fault("refresh", "status", 401)
    quick.wait_for(lambda r: r["attempt"] >= 4)
    quick.restart()
    registration = quick.wait_for(lambda r: r["attempt"] >= 2)
    assert (registration["state"], registration["health"]) == ("registered", "unreachable")
    assert registration["lastFailure"]["reason"] == "certificate_refused"
    assert (registration["guid"], registration["certificate"]) == (before["guid"], before["certificate"])
    cloud.clear()
    quick.wait_for(lambda r: r["health"] == "ok")
    assert cloud.count("POST", "/activations") == 1


@pytest.mark.complaint("certificates: a wrong clock is not named")
def test_clock_skew_is_shown(quick, cloud):
    cloud.fault("refresh", "status", 401)
    cloud.fault("refresh", "clock", 7200)
    registration = quick.wait_failure("clock_skew", "refresh")
    assert abs(registration["lastFailure"]["clockOffset"] + 7200) <= 10
    assert registration["lastFailure"]["remedy"] == "Set the appliance's clock, best by NTP."
    text = quick.ctl("status").stdout
    assert "clock_skew (refresh, step refresh)" in text
    assert "behind the server's" in text


# Renewal


@pytest.mark.complaint("certificates: the renewed certificate is used only after a restart, or with the old key")
def test_renewal(renewing, cloud):
    before = renewing.register()["certificate"]
    old_key = renewing.saved()["privateKey"]
    registration = renewing.wait_for(lambda r: r["certificate"]["serial"] != before["serial"])
    assert (registration["state"], registration["guid"]) == ("registered", before["subject"][3:])
    assert registration["certificate"]["notAfter"] > before["notAfter"] - VALIDITY
    assert registration["certificate"]["fingerprint"] != before["fingerprint"]
    saved = renewing.saved()
    assert saved["privateKey"] != old_key
    assert cloud.count("POST", "/simpleenroll") == 1
    # The new certificate is in use.
    wait_refreshes(renewing, cloud)
    assert renewing.registration()["health"] == "ok"


@pytest.mark.complaint("certificates: the new certificate replaces the old one before it has been used")
def test_the_old_pair_stays_until_the_new_one_is_proved(quick, cloud):
    before = quick.registration()["certificate"]
    key = quick.saved()["privateKey"]
    cloud.fault("status", "status", 503)
    quick.call("Renew")
    registration = quick.wait_failure("server_error", "renewal-proof")
    assert registration["certificate"]["serial"] == before["serial"]
    saved = quick.saved()
    assert saved["privateKey"] == key
    assert saved["newPrivateKey"] not in (key, None)
    assert saved["newCertificateInfo"]["serial"] != before["serial"]
    # Meanwhile the old certificate is in use.
    wait_refreshes(quick, cloud)
    cloud.clear()
    quick.wait_for(lambda r: r["certificate"]["serial"] == saved["newCertificateInfo"]["serial"])


@pytest.mark.complaint("certificates: the renewal stops after a fault, and months later the certificate expires")
@pytest.mark.parametrize("step, endpoint", [("renewal-certificate", "simplereenroll"), ("renewal-proof", "status")])
def test_renewal_is_retried(quick, cloud, step, endpoint):
    before = quick.registration()["certificate"]
    cloud.fault(endpoint, "drop")
    quick.call("Renew")
    registration = quick.wait_failure("server_error", step)
    assert registration["state"] == "registered"
    cloud.clear()
    quick.wait_for(lambda r: r["certificate"]["serial"] != before["serial"])


@pytest.mark.complaint("certificates: an interrupted renewal leaves neither the old pair nor the new one")
@pytest.mark.parametrize("step, endpoint", [("renewal-certificate", "simplereenroll"), ("renewal-proof", "status")])
def test_renewal_survives_a_kill(quick, cloud, step, endpoint):
    before = quick.registration()["certificate"]
    cloud.fault(endpoint, "delay", 600)
    quick.call("Renew")
    quick.wait_step(step)
    new_key = quick.saved()["newPrivateKey"]
    assert quick.kill() == -9
    cloud.clear()
    quick.start()
    quick.wait_for(lambda r: r["certificate"]["serial"] != before["serial"])
    assert quick.saved()["privateKey"] == new_key or "newPrivateKey" in quick.saved()


@pytest.mark.complaint("certificates: the renewed certificate is used only after a restart, or with the old key")
def test_a_renewed_pair_survives_a_restart(quick, cloud):
    before = quick.registration()["certificate"]
    quick.call("Renew")
    quick.wait_for(lambda r: r["certificate"]["serial"] != before["serial"])
    quick.restart()
    wait_refreshes(quick, cloud)
    assert quick.registration()["health"] == "ok"


@pytest.mark.complaint("certificates: the renewal stops after a fault, and months later the certificate expires")
def test_overdue_and_expired(idle, cloud):
    """A renewal that fails until the certificate expires is shown, and the agent goes on trying."""
    cloud.restart("--certificate-validity", "8")
    idle.config.write(**QUICK)
    idle.start()
    cloud.fault("simplereenroll", "status", 500)
    idle.register()
    registration = idle.wait_for(lambda r: r["health"] == "renewal_overdue")
    assert registration["lastFailure"]["reason"] == "server_error"
    registration = idle.wait_for(lambda r: r["health"] == "certificate_expired")
    asked = cloud.count("POST", "/simplereenroll")
    idle.wait_for(lambda r: cloud.count("POST", "/simplereenroll") > asked, "another attempt")
    assert idle.registration()["state"] == "registered"


@pytest.mark.complaint("certificates: a certificate that expired in a long time off is given up silently or unasked")
def test_a_start_with_an_expired_certificate(idle, cloud):
    cloud.restart("--certificate-validity", "4")
    idle.config.write(**{**QUICK, "timing__renewal_fraction": 0.9})
    idle.start()
    idle.register()
    assert idle.stop() == 0
    end = idle.saved()["certificateInfo"]["notAfter"]
    programs.until(lambda: time.time() > end + 1, "the certificate expires")
    before = len(cloud.requests())
    idle.start()
    registration = idle.registration()
    assert (registration["state"], registration["health"]) == ("registered", "certificate_expired")
    assert "certificate_expired" in idle.ctl("status").stdout

    def asked():
        return {one.path.rsplit("/", 1)[-1] for one in cloud.requests()[before:] if one.method == "POST"}

    registration = idle.wait_for(lambda r: asked() >= {"simplereenroll", "refresh"}, "both servers are asked")
    assert registration["lastFailure"]["reason"] == "certificate_expired"


@pytest.mark.complaint("certificates: a certificate that expired in a long time off is given up silently or unasked")
def test_a_cloud_that_refuses_an_expired_certificate(idle, cloud):
    """Refresh and deregistration name the certificate as the reason, and the remedy helps."""
    cloud.restart("--certificate-validity", "4")
    cloud.fault("simplereenroll", "status", 500)
    idle.config.write(**QUICK)
    idle.start()
    idle.register()
    failure = idle.wait_failure("certificate_expired", "refresh")["lastFailure"]
    assert failure["message"].endswith("answered 401 unauthorized: The client certificate has expired.")
    assert failure["remedy"] == "Deregister with --local-only and register with a new token."
    idle.call("Deregister")
    failure = idle.wait_failure("certificate_expired", "delete")["lastFailure"]
    assert failure["permanent"] is False
    cloud.restart("--certificate-validity", "3600")
    cloud.clear()
    assert idle.ctl("deregister", "--yes", "--local-only").returncode == 0
    assert idle.register()["health"] == "ok"


@pytest.mark.complaint("certificates: a damaged key or certificate is used, or not named")
@pytest.mark.parametrize(
    "member, sentence",
    [
        ("privateKey", "The appliance's private key can't be used: the saved state is damaged."),
        ("certificate", "The appliance's certificate can't be read: the saved state is damaged."),
    ],
)
def test_a_damaged_key_or_certificate_is_named_and_nothing_is_sent(quick, cloud, member, sentence):
    quick.stop()
    state = quick.state()
    pem = state["registration"][member]
    # A byte of the private half of the key; the first byte of the certificate, since only its issuer notices others.
    body = pem.index("\n") + (57 if member == "privateKey" else 1)
    state["registration"][member] = pem[:body] + ("A" if pem[body] != "A" else "B") + pem[body + 1 :]
    quick.state_file.write_text(json.dumps(state))
    before = len(cloud.requests())

    quick.start()
    quick.wait_failure("certificate_unusable", "refresh")

    assert quick.registration()["lastFailure"]["message"].startswith(sentence)
    assert quick.registration()["state"] == "registered"
    assert len(cloud.requests()) == before
