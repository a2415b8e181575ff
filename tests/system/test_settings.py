"""Settings: staged per user, active by commit, and never lost to another administrator unseen."""

import os

import pytest

from support import programs, wire
from support.cloud import SSE_HOSTS

# As root the second administrator is another user, a member of the admin group. A plain user has only himself: then
# both are one, and what one stages is the other's, too.
ROOT = os.geteuid() == 0
SECOND = 1 if ROOT else os.geteuid()
SECOND_NAME = "daemon"
NOBODY = 65534


@pytest.fixture(name="shared")
def make_shared(idle):
    """An agent with two administrators."""
    idle.config.write(api__admin_group=SECOND_NAME)
    idle.start()
    return idle


def staged(agent, uid=None):
    return agent.call("GetSettings", uid=uid).get("staged")


def settings(agent):
    return {one["name"]: (one["value"], one["source"]) for one in agent.call("GetSettings")["settings"]}


def test_defaults(agent):
    assert settings(agent) == {"enabled": ("false", "default"), "server": ("AMERICAS", "default")}
    assert agent.status()["revision"] == 0
    assert agent.call("ListCommits") == {"commits": []}
    assert agent.ctl("history").stdout == "Nothing has been committed yet.\n"
    assert agent.ctl("diff").stdout == "You have staged nothing.\n"


def test_defaults_of_the_configuration(idle):
    idle.config.write(settings__enabled=True, settings__server="europe")
    idle.start()
    assert idle.status()["enabled"] is True
    assert idle.status()["server"]["fqdn"] == SSE_HOSTS["EUROPE"]


def test_the_whole_way(agent):
    """enable, server, diff, commit, history: the texts that a person sees."""
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
    # Staged is not active.
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
    # Back and forth ends where it began.
    agent.call("Stage", {"enabled": True})
    agent.call("Stage", {"enabled": False})
    assert staged(agent) is None


def test_clear(agent):
    agent.call("Stage", {"enabled": True})
    assert agent.ctl("clear").stdout == "What you had staged is dropped.\n"
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


# Two administrators


def test_each_has_his_own_candidate(shared):
    shared.call("Stage", {"enabled": True})
    shared.call("Stage", {"server": "EUROPE"}, uid=SECOND)
    ours, theirs = staged(shared), staged(shared, SECOND)
    assert (ours["uid"], theirs["uid"]) == (os.geteuid(), SECOND)
    assert ours["enabled"] is True
    assert theirs["server"] == "EUROPE"
    assert ("server" in ours, "enabled" in theirs) == ((False, False) if ROOT else (True, True))
    assert [one["uid"] for one in shared.status()["staged"]] == sorted({os.geteuid(), SECOND})
    assert shared.call("ClearStaged", uid=SECOND) == {"dropped": True}
    assert (staged(shared) is None) == (not ROOT)


def test_commit_conflict(shared):
    shared.enable("AMERICAS")
    shared.call("Stage", {"enabled": False})
    shared.call("Stage", {"server": "EUROPE"}, uid=SECOND)
    shared.call("Stage", {"enabled": False}, uid=SECOND)
    shared.call("Commit", {"comment": "first"}, uid=SECOND)
    shared.call("Stage", {"enabled": True}, uid=SECOND)
    shared.call("Commit", {"comment": "and back"}, uid=SECOND)
    # Enabled as before, but not untouched: what is staged was meant for another state.
    name, parameters = shared.error("Commit", {"comment": "too late"})
    if ROOT:
        (newest, *_) = shared.call("ListCommits")["commits"]
        assert (name, parameters) == (
            "CommitConflict",
            {
                "setting": "enabled",
                "committed": "enabled",
                "staged": "disabled",
                "revision": 3,
                "userName": SECOND_NAME,
                "uid": SECOND,
                "time": newest["time"],
            },
        )
        result = shared.ctl("commit")
        assert result.returncode == 1
        assert f"enabled: {SECOND_NAME} (uid {SECOND}) committed enabled in revision 3" in result.stderr
        assert "you staged disabled." in result.stderr
        assert staged(shared)["enabled"] is False
        shared.call("ClearStaged")
        shared.call("Stage", {"enabled": False})
        assert shared.call("Commit")["commit"]["revision"] == 4
    else:
        assert (name, parameters) == ("NothingStaged", {})
    assert shared.status()["enabled"] is (not ROOT)


def test_conflict_of_the_server(idle):
    """Three servers are needed for two different changes of one."""
    idle.config.base = idle.config.base.replace("supported = false", "supported = true")
    idle.config.write(api__admin_group=SECOND_NAME)
    idle.start()
    idle.call("Stage", {"server": "EUROPE"})
    idle.call("Stage", {"server": "APJC"}, uid=SECOND)
    idle.call("Commit", uid=SECOND)
    name, parameters = idle.error("Commit")
    if ROOT:
        assert name == "CommitConflict"
        assert (parameters["setting"], parameters["committed"], parameters["staged"]) == ("server", "APJC", "EUROPE")
    else:
        assert (name, parameters) == ("NothingStaged", {})
    assert idle.status()["server"]["label"] == "APJC"


def test_the_same_value_is_no_conflict(shared):
    shared.call("Stage", {"enabled": True})
    shared.call("Stage", {"enabled": True}, uid=SECOND)
    shared.call("Commit", uid=SECOND)
    assert shared.error("Commit") == ("NothingStaged", {})
    assert staged(shared) is None
    assert len(shared.call("ListCommits")["commits"]) == 1


def test_different_settings_are_no_conflict(shared):
    shared.call("Stage", {"enabled": True})
    shared.call("Stage", {"server": "EUROPE"}, uid=SECOND)
    shared.call("Commit", uid=SECOND)
    if ROOT:
        assert shared.call("Commit")["commit"]["revision"] == 2
    assert settings(shared) == {"enabled": ("true", "commit"), "server": ("EUROPE", "commit")}


# While registered


def test_server_is_locked_while_registered(registered):
    name, parameters = registered.error("Stage", {"server": "AMERICAS"})
    assert (name, parameters["reason"]) == ("Refused", "server_locked")
    assert parameters["message"] == (
        "The server can't be changed to AMERICAS: the appliance is registered with EUROPE."
    )
    # The current one is accepted, and is no change.
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
    """Staged before the registration, committed after it."""
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
    # A request that was under way may still be answered; the stopped sandbox has no other.
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


# Who may


def is_denied(agent, method, parameters, uid):
    try:
        agent.call(method, parameters, uid)
    except wire.Error as error:
        if error.name == "org.threatresponse.agent.PermissionDenied":
            assert error.parameters == {"method": f"org.threatresponse.agent.{method}", "group": SECOND_NAME}
            return True
    return False


@pytest.mark.parametrize(
    "method, parameters",
    [
        ("Stage", {"enabled": True}),
        ("ClearStaged", {}),
        ("Commit", {}),
        ("Register", {"token": "x" * 20}),
        ("Deregister", {"localOnly": True}),
        ("Cancel", {}),
        ("Renew", {}),
    ],
)
def test_who_may_write(shared, method, parameters):
    """The daemon's own user and the group's members may; another user is told whose group it takes."""
    assert not is_denied(shared, method, parameters, os.geteuid())
    assert not is_denied(shared, method, parameters, SECOND)
    assert is_denied(shared, method, parameters, NOBODY if ROOT else os.geteuid()) == ROOT


def test_everybody_may_read(shared):
    uid = NOBODY if ROOT else os.geteuid()
    assert shared.call("GetStatus", uid=uid)["status"]["revision"] == 0
    assert len(shared.call("ListServers", uid=uid)["servers"]) == 3
    assert len(shared.call("GetSettings", uid=uid)["settings"]) == 2
    assert shared.call("ListCommits", uid=uid) == {"commits": []}
    assert shared.error("GetCertificate", uid=uid)[1]["reason"] == "not_registered"
