"""Attempts at the cloud: neither restarts nor reloads nor commands make more of them than the cloud was promised."""

import time

import pytest


def contexts(agent):
    return agent.cloud.count("POST", "/contexts")


def test_retry_after_holds_over_restarts_and_reloads(idle):
    idle.start()
    idle.enable()
    idle.cloud.fault("contexts", "status", "429", "--retry-after", "3600")
    idle.begin_registration()
    before = idle.wait_failure("rate_limited", "context")
    for _ in range(5):
        idle.restart()
        idle.hup()
    after = idle.registration()
    assert contexts(idle) == 1
    assert abs(after["nextAttempt"] - before["nextAttempt"]) <= 2
    assert (after["attempt"], after["lastFailure"]["reason"]) == (1, "rate_limited")


def test_a_success_forgets_what_was_saved(idle):
    idle.start()
    idle.enable()
    idle.cloud.fault("contexts", "status", "503")
    idle.begin_registration()
    idle.wait_failure("server_error", "context")
    assert idle.state()["registration"]["attempts"]["register"]["failures"] >= 1
    idle.cloud.clear("contexts")
    idle.wait_state("registered")
    assert "attempts" not in idle.state()["registration"]


def test_a_reload_hastens_other_failures(idle):
    idle.config.write(timing__backoff_initial=30, timing__backoff_cap=30)
    idle.start()
    idle.enable()
    idle.cloud.fault("contexts", "status", "503")
    idle.begin_registration()
    idle.wait_failure("server_error", "context")
    idle.cloud.clear("contexts")
    idle.hup()
    idle.wait_state("registered")


@pytest.mark.parametrize("allowed", [1, 5])
def test_the_hour_has_so_many_attempts(idle, allowed):
    idle.config.write(timing__attempts_per_hour=allowed)
    idle.start()
    idle.enable()
    for _ in range(allowed):
        idle.begin_registration("a-token-that-nobody-has-made")
        idle.wait_for(lambda r: r["state"] == "unregistered" and not r["running"], "the end of the registration")
    error, parameters = idle.error("Register", {"token": idle.cloud.token()})
    assert (error, parameters["reason"]) == ("Refused", "rate_limited")
    assert f"attempted {allowed} time" in parameters["message"]
    assert contexts(idle) <= allowed


def test_renewals_by_hand_are_not_held_back(idle):
    idle.config.write(timing__attempts_per_hour=1)
    idle.start()
    idle.enable()
    idle.register()
    for _ in range(3):
        before = idle.registration()["certificate"]["fingerprint"]
        idle.call("Renew")
        idle.wait_for(lambda r, old=before: r["certificate"]["fingerprint"] != old and not r["running"])


def test_reloads_make_no_more_than_the_hour_has(idle):
    idle.config.write(timing__attempts_per_hour=3, timing__backoff_initial=30, timing__backoff_cap=30)
    idle.start()
    idle.enable()
    idle.cloud.fault("contexts", "status", "503")
    idle.begin_registration()
    idle.wait_failure("server_error", "context")
    for attempts in (2, 3):
        idle.hup()
        idle.wait_for(lambda r: r["attempt"] == attempts and not r["running"], f"{attempts} attempts")
    for _ in range(3):
        idle.hup()
    assert idle.registration()["nextAttempt"] > time.time() + 1800
    assert contexts(idle) == 3
