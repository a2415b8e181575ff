"""Several administrators: each stages for himself, no change is overwritten unseen, and who may do what."""

import os

import pytest

from support import wire
from support.settings import settings, staged

# As root, the second administrator is another user, a member of the admin group. A plain user stands for both, and
# then they share a candidate.
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
    # The value is the same as before, but it has changed twice: the staged value was meant for another state.
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
    """The daemon's own user and the members of the group may; the error names the group to others."""
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
