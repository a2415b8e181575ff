"""Retry and Cancel while something waits after a failure."""

import re


def test_retry_does_not_wait_as_the_server_asked(registered, cloud):
    before = registered.registration()["certificate"]
    cloud.fault("simplereenroll", "status", 503, "--retry-after", "3600")
    registered.call("Renew")
    registered.wait_failure("server_error", "renewal-certificate")
    cloud.clear()
    result = registered.ctl("retry")
    assert (result.returncode, result.stdout) == (0, "The operation renew is tried now.\n"), result.stderr
    registered.wait_for(lambda r: r["certificate"]["serial"] != before["serial"])


def test_nothing_waits(registered):
    assert registered.error("Retry") == ("NothingToRetry", {"state": "registered"})
    result = registered.ctl("retry")
    assert result.returncode == 5
    assert result.stderr.startswith("trctl: Nothing waits for its next attempt: the appliance is registered.")


def test_the_limit_of_the_hour_holds(idle, cloud):
    idle.config.write(timing__attempts_per_hour=4)
    idle.start()
    idle.enable()
    idle.register()
    cloud.fault("simplereenroll", "status", 503, "--retry-after", "3600")
    idle.call("Renew")
    for attempt in range(1, 5):
        idle.wait_for(lambda r, n=attempt: r["attempt"] == n and not r["running"])
        result = idle.ctl("retry")
    assert result.returncode == 1
    assert re.match(
        r"trctl: The renewal was attempted 4 times within the hour; the next attempt is possible in \d+ minutes",
        result.stderr,
    )
    assert "the limit is the appliance's own, timing.attempts_per_hour (4)" in result.stderr
    assert "The next attempt waits for the appliance's own limit, timing.attempts_per_hour (4)." in idle.ctl("status").stdout


def test_a_waiting_renewal_is_cancelled(registered, cloud):
    """The new pair is dropped, the certificate stays, and the next try is planned for later."""
    before = registered.registration()["certificate"]
    cloud.fault("simplereenroll", "status", 503, "--retry-after", "3600")
    registered.call("Renew")
    registered.wait_failure("server_error", "renewal-certificate")
    result = registered.ctl("cancel")
    assert (result.returncode, result.stdout) == (
        0,
        "The renewal is cancelled: the present certificate stays in use.\n",
    )
    registration = registered.registration()
    assert (registration["state"], registration["attempt"]) == ("registered", 0)
    assert registration["certificate"]["serial"] == before["serial"]
    assert not {"renewalStep", "newPrivateKey", "newCertificate"} & set(registered.saved())
    assert "has cancelled the operation renew" in registered.log()
    assert registered.error("Cancel") == ("NothingToCancel", {"state": "registered"})


def test_a_cancel_of_nothing_is_not_logged(registered):
    assert registered.error("Cancel") == ("NothingToCancel", {"state": "registered"})
    assert "cancel" not in registered.log()
