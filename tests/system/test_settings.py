"""Settings of one administrator: staged, then active by a commit; locked while the registration needs them."""

import os

import pytest

from support import programs
from support.cloud import SSE_HOSTS
from support.settings import settings, staged


def test_defaults(agent):
    assert settings(agent) == {"enabled": ("false", "default"), "server": ("AMERICAS", "default")}
    assert agent.status()["revision"] == 0
    assert agent.call("ListCommits") == {"commits": []}
    assert agent.ctl("history").stdout == "Nothing has been committed yet.\n"
    assert agent.ctl("diff").stdout == "There are no staged changes.\n"


def test_defaults_of_the_configuration(idle):
    idle.config.write(settings__enabled=True, settings__server="europe")
    idle.start()
    assert idle.status()["enabled"] is True
    assert idle.status()["server"]["fqdn"] == SSE_HOSTS["EUROPE"]


def test_the_whole_way(agent):
    """The texts of enable, server, diff, commit and history."""
    assert agent.ctl("enable").stdout.splitlines() == [
        "The Cisco Threat Response feature is enabled with the next commit.",
        'Make sure you run "trctl commit" to make these changes active.',
    ]
    assert agent.ctl("server", "europe").stdout.splitlines() == [
        "Selected threat response server is api.eu.sse.itd.cisco.com.",
        'Make sure you run "trctl commit" to make these changes active.',
    ]
    assert agent.ctl("diff").stdout.splitlines()[:2] == ["feature: disabled -> enabled", "server: AMERICAS -> EUROPE"]
    assert agent.ctl("servers").stdout.splitlines() == [
        "Available list of Threat Response Servers:",
        "1. APJC (not supported)",
        "2. EUROPE (api.eu.sse.itd.cisco.com) - staged",
        "3. AMERICAS (api-sse.cisco.com) - current",
    ]
    # A staged value is not active yet.
    assert agent.status()["enabled"] is False
    assert agent.ctl("commit", "-m", "joins the cloud").stdout.startswith("Changes committed: ")
    assert settings(agent) == {"enabled": ("true", "commit"), "server": ("EUROPE", "commit")}
    (commit,) = agent.call("ListCommits")["commits"]
    assert (commit["revision"], commit["uid"], commit["comment"]) == (1, os.geteuid(), "joins the cloud")
    assert (commit["enabled"], commit["server"]) == (True, "EUROPE")
    history = agent.ctl("history").stdout.splitlines()
    assert history[0].startswith("1  ") and history[0].endswith(f"(uid {os.geteuid()})  enabled, server EUROPE")
    assert history[1] == "   joins the cloud"
    assert agent.ctl("enable").returncode == 5
    assert agent.ctl("commit").returncode == 5


def test_commits_survive_a_restart_and_staged_values_do_not(agent):
    agent.enable()
    agent.call("Stage", {"server": "AMERICAS"})
    before = agent.call("ListCommits")
    agent.restart()
    assert agent.call("ListCommits") == before
    assert agent.status()["enabled"] is True
    assert agent.status()["staged"] == []


@pytest.mark.parametrize(
    "name", ["2", "EUROPE", "europe", "Europe", "api.eu.sse.itd.cisco.com", "API.EU.SSE.ITD.CISCO.COM"]
)
def test_server_by_number_label_or_name(agent, name):
    assert agent.call("Stage", {"server": name})["staged"]["server"] == "EUROPE"


@pytest.mark.parametrize("name", ["0", "4", "99999999999999999999", "MARS", "EUROPE ", "-1", "2x", "api.eu.sse"])
def test_unknown_server(agent, name):
    assert agent.error("Stage", {"server": name}) == ("UnknownServer", {"server": name})
    result = agent.ctl("server", "--", name)
    assert result.returncode == 1
    assert result.stderr.splitlines() == [
        f'trctl: No server has the number, label or name "{name}".',
        'trctl: "trctl servers" lists them.',
    ]
    assert staged(agent) is None


@pytest.mark.complaint("configuration: switching an option off has no effect")
@pytest.mark.parametrize("name", ["1", "apjc", "api.apj.sse.itd.cisco.com"])
def test_unsupported_server(agent, name):
    assert agent.error("Stage", {"server": name}) == ("UnsupportedServer", {"server": name})


def test_nothing_staged(agent):
    assert agent.error("Commit") == ("NothingStaged", {})
    result = agent.ctl("commit")
    assert (result.returncode, result.stderr) == (5, "trctl: There is nothing to commit.\n")
    assert agent.call("ClearStaged") == {"dropped": False}
    assert agent.ctl("clear").returncode == 5


def test_staging_what_is_committed_is_no_change(agent):
    assert set(agent.call("Stage", {"enabled": False, "server": "AMERICAS"})["staged"]) == {
        "uid",
        "userName",
        "baseRevision",
    }
    assert agent.error("Commit") == ("NothingStaged", {})
    # Staging there and back is no change.
    agent.call("Stage", {"enabled": True})
    agent.call("Stage", {"enabled": False})
    assert staged(agent) is None


def test_clear(agent):
    agent.call("Stage", {"enabled": True})
    assert agent.ctl("clear").stdout == "Your staged changes were dropped.\n"
    assert staged(agent) is None
    assert agent.error("Commit") == ("NothingStaged", {})


@pytest.mark.parametrize(
    "comment, good", [("x" * 1024, True), ("ü" * 1024, True), ("x" * 1025, False), ("ü" * 1025, False), ("", True)]
)
def test_comment(agent, comment, good):
    agent.call("Stage", {"enabled": True})
    if good:
        assert agent.call("Commit", {"comment": comment})["commit"]["comment"] == comment
    else:
        assert agent.error("Commit", {"comment": comment}) == ("InvalidParameter", {"parameter": "comment"})
        assert staged(agent)["enabled"] is True


def test_the_last_hundred_commits_are_kept(agent):
    with agent.connect() as connection:
        for revision in range(1, 106):
            connection.call("Stage", {"enabled": revision % 2 == 1})
            assert connection.call("Commit")["commit"]["revision"] == revision
        commits = connection.call("ListCommits")["commits"]
    assert [one["revision"] for one in commits] == list(range(105, 5, -1))
    assert [one["enabled"] for one in commits[:2]] == [True, False]

# While registered


def test_server_is_locked_while_registered(registered):
    name, parameters = registered.error("Stage", {"server": "AMERICAS"})
    assert (name, parameters["reason"]) == ("Refused", "server_locked")
    assert parameters["message"] == (
        "The server can't be changed to AMERICAS: the appliance is registered with EUROPE."
    )
    # The current server is accepted and is no change.
    assert registered.ctl("server", "europe").stdout.splitlines() == [
        "Selected threat response server is api.eu.sse.itd.cisco.com.",
        "It is the current one: there is nothing to commit.",
    ]


def test_server_is_locked_while_busy(ready, cloud):
    cloud.hold("context")
    ready.begin_registration()
    name, parameters = ready.error("Stage", {"server": "3"})
    assert (name, parameters["reason"]) == ("Refused", "server_locked")
    assert parameters["message"] == "The server can't be changed to AMERICAS: the appliance is busy with EUROPE."


def test_commit_checks_the_lock_again(ready):
    """The server is staged before the registration and committed after it."""
    ready.call("Stage", {"server": "AMERICAS"})
    ready.register()
    name, parameters = ready.error("Commit")
    assert (name, parameters["reason"]) == ("Refused", "server_locked")
    assert ready.status()["server"]["label"] == "EUROPE"


def test_disabling_keeps_the_identity_and_stops_traffic(idle, cloud):
    idle.config.write(timing__refresh_interval=0.05)
    idle.start()
    before = idle.register()
    idle.wait_for(lambda r: cloud.count("POST", "/refresh") >= 3, "refreshes")
    result = idle.ctl("disable")
    assert "The appliance stays registered, but all traffic to the cloud stops." in result.stdout
    idle.call("Commit")
    registration = idle.wait_for(lambda r: not r["running"])
    assert (registration["state"], registration["health"]) == ("registered", "disabled")
    assert "nextRefresh" not in registration
    assert registration["guid"] == before["guid"]
    # A request that was under way may still be answered; the stopped sandbox gets no other.
    cloud.stop()
    asked = len(cloud.requests())
    cloud.start()
    idle.restart()
    assert idle.registration()["health"] == "disabled"
    assert idle.error("Deregister")[1]["reason"] == "feature_disabled"
    assert len(cloud.requests()) == asked
    idle.enable()
    idle.wait_for(lambda r: r["health"] == "ok" and cloud.count("POST", "/refresh") > 3, "traffic again")
    assert idle.registration()["certificate"] == before["certificate"]


def test_disabling_interrupts_a_registration(ready, cloud):
    cloud.hold("activation")
    ready.begin_registration()
    ready.wait_step("activation")
    ready.call("Stage", {"enabled": False})
    ready.call("Commit")
    registration = ready.wait_for(lambda r: not r["running"])
    assert registration["state"] == "registering"
    programs.until(lambda: ready.workers() == [], "the worker ends")
    cloud.clear()
    ready.enable()
    assert ready.wait_state("registered")["guid"] == registration["guid"]
