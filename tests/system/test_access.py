"""Permissions, with real users where the tests run as root, and the records of who asked for a change.

A plain user is the daemon's own user, and so an administrator: each test asserts that for him.
"""

import grp
import json
import os
import re
import stat
import subprocess
import sys

import pytest

from support import namespace, programs, wire
from support.users import name_of

ROOT = os.geteuid() == 0
NOBODY = 65534
MEMBER = 1  # the user daemon, whose primary group is the group daemon
MACHINE = "0123456789abcdef0123456789abcdef"
ADMINS = "tradmins"
ADMINS_GID = 54321


def outcome(agent, uid):
    """The outcome of a changing call of a user: nothing staged to drop, or the group whose members may do it."""
    if not ROOT:
        uid = os.geteuid()
    try:
        return agent.call("ClearStaged", uid=uid)
    except wire.Error as error:
        return error.name.rpartition(".")[2], error.parameters


DROPPED = {"dropped": False}


def denied(group):
    return ("PermissionDenied", {"method": f"{wire.AGENT.name}.ClearStaged", "group": group}) if ROOT else DROPPED


@pytest.fixture(name="administered")
def make_administered(idle):
    """An agent with a user database of its own, whose group of administrators is still empty."""
    idle.config.write(api__admin_group=ADMINS)
    prefix = namespace.machine(idle.folder, MACHINE)
    idle.group_file = idle.folder / f"etc-{MACHINE}" / "group"
    groups = open("/etc/group", encoding="utf-8").read()

    def set_members(members):
        # Rewritten in place: the daemon sees the file through a bind mount.
        idle.group_file.write_text(f"{groups}{ADMINS}:x:{ADMINS_GID}:{members}\n")

    idle.set_members = set_members
    idle.start(prefix=prefix)
    set_members("")
    idle.hup()
    return idle


def test_membership_of_the_user_database(administered):
    """A supplementary group of the user counts; the answer is kept for a minute, and a reload forgets it."""
    assert outcome(administered, MEMBER) == denied(ADMINS)
    administered.set_members("daemon")
    # The answer is kept for every connection of the user.
    assert outcome(administered, MEMBER) == denied(ADMINS)
    administered.hup()
    assert outcome(administered, MEMBER) == DROPPED
    assert outcome(administered, NOBODY) == denied(ADMINS)
    administered.set_members("")
    assert outcome(administered, MEMBER) == DROPPED
    administered.hup()
    assert outcome(administered, MEMBER) == denied(ADMINS)


CALL = """
import os, socket, sys
groups, uid, method, name = sys.argv[1:]
open("/proc/self/comm", "wb").write(name.encode())
if os.geteuid() == 0:
    os.setgroups([int(group) for group in groups.split(",") if group])
    os.setresgid(int(uid), int(uid), int(uid))
    os.setresuid(int(uid), int(uid), int(uid))
connection = socket.socket(socket.AF_UNIX)
connection.connect("agent.sock")
for one in method.split(","):
    connection.sendall(b'{"method":"org.threatresponse.agent.%s"}\\0' % one.encode())
    answer = b""
    while not answer.endswith(b"\\0"):
        answer += connection.recv(65536)
    print(answer[:-1].decode())
"""


def call_as(agent, uid, *methods, groups=(), name="component"):
    """Makes calls from a process that outlives their answers; returns the answers and its pid."""
    command = [sys.executable, "-c", CALL, ",".join(map(str, groups)), str(uid), ",".join(methods), name]
    with subprocess.Popen(command, cwd=agent.folder, stdout=subprocess.PIPE, text=True) as process:
        return [json.loads(line) for line in process.stdout], process.pid


def test_groups_of_the_process(administered):
    """systemd has put a service into the group, and the user database doesn't know it."""
    (answer,), _ = call_as(administered, 1000777, "ClearStaged", groups=[7, ADMINS_GID])
    assert answer == {"parameters": DROPPED}
    (answer,), _ = call_as(administered, 1000777, "ClearStaged", groups=[7])
    assert answer.get("error", "none") == (f"{wire.AGENT.name}.PermissionDenied" if ROOT else "none")


def test_reading_is_for_everybody(administered):
    for method in ("GetStatus", "ListServers", "GetSettings", "ListCommits"):
        assert administered.call(method, uid=NOBODY if ROOT else os.geteuid())


WRITES = {
    "Stage", "ClearStaged", "Commit", "Register", "Deregister", "Cancel", "Retry", "Renew", "ResetIdentity", "Check"
}  # fmt: skip


def test_every_changing_method_is_refused(administered, cloud):
    before = administered.status()
    for method in sorted(WRITES - {"Check"}):
        parameters = {"token": cloud.token()} if method == "Register" else None
        if ROOT:
            assert administered.error(method, parameters, uid=NOBODY) == (
                "PermissionDenied",
                {"method": f"{wire.AGENT.name}.{method}", "group": ADMINS},
            )
    after = administered.status()
    assert (after["revision"], after["staged"]) == (before["revision"], before["staged"])
    assert after["registration"] == before["registration"]


@pytest.mark.skipif(not ROOT, reason="another user needs root")
def test_a_refusal_says_what_one_may_not_do(administered, console):
    """For each changing method the deed in words and what to do, and never the method."""
    seen = set()
    for method in sorted(WRITES):
        parameters = {"Register": ['{"token":"%s"}' % ("x" * 20)], "Check": []}.get(method, [])
        with console.command_as(NOBODY) as (command, more):
            result = programs.run(*command, "call", "--more", method, *parameters, **more)
        assert result.returncode == 4
        deed, remedy = result.stderr.splitlines()
        assert re.fullmatch(r"trctl: You may not [a-z ]+\.", deed) and deed not in seen, deed
        assert remedy == f"trctl: Run it as root, or ask for membership of the group {ADMINS}."
        seen.add(deed)


def test_refusals_in_the_log(agent):
    """The log has user, process and program, once a minute; the name of a program may be any text."""
    _, pid = call_as(agent, NOBODY, "Commit", "ClearStaged", "Commit", name="e\nvil\x1b[2J")
    call_as(agent, NOBODY, "Commit")
    _, other = call_as(agent, MEMBER, "Cancel", name="other")
    lines = re.findall(r"^.* may not call .*$", agent.log(), re.M)
    if ROOT:
        assert lines == [
            f"nobody (uid {NOBODY}) may not call {wire.AGENT.name}.Commit: "
            f'pid {pid}, program "e\\x0avil\\x1b[2J".',
            f'daemon (uid {MEMBER}) may not call {wire.AGENT.name}.Cancel: pid {other}, program "other".',
        ]
    else:
        assert lines == []


# Records of who asked


@pytest.mark.complaint("retry: no record says who registered or deregistered")
def test_who_asked_is_recorded(idle, cloud):
    """Status and state file name the person who asked for a change."""
    uid = MEMBER if ROOT else os.geteuid()
    other, us = ({"uid": one, "userName": name_of(one)} for one in (uid, os.geteuid()))
    idle.config.write(api__admin_group="daemon")
    idle.start()
    assert "requestedBy" not in idle.registration()
    idle.call("Stage", {"enabled": True, "server": "EUROPE"}, uid=uid)
    assert [one["uid"] for one in idle.status()["staged"]] == [uid]
    assert idle.call("Commit", uid=uid)["commit"]["userName"] == other["userName"]

    idle.call("Register", {"token": cloud.token()}, uid=uid)
    assert idle.wait_state("registered")["requestedBy"] == other
    assert idle.saved()["requestedBy"] == other
    # Neither a refused call nor a restart changes it.
    assert idle.error("Register", {"token": "x" * 20})[1]["reason"] == "already_registered"
    idle.restart()
    assert idle.registration()["requestedBy"] == other
    line = f"Requested by     {other['userName']} (uid {uid})"
    assert line.split() in [one.split() for one in idle.ctl("status").stdout.splitlines()]

    idle.call("Deregister")
    assert idle.wait_state("unregistered")["requestedBy"] == us
    cloud.hold("context")
    idle.call("Register", {"token": cloud.token()})
    idle.call("Cancel", uid=uid)
    assert idle.registration()["requestedBy"] == other
    idle.call("ResetIdentity")
    assert idle.registration()["requestedBy"] == us


# The owner of the socket


def owner(agent):
    st = agent.socket.stat()
    return st.st_uid, st.st_gid, stat.S_IMODE(st.st_mode)


@pytest.mark.complaint("configuration: a reload applies only a part and does not say so")
def test_owner_of_the_socket(idle):
    own = [group.gr_name for group in grp.getgrall() if group.gr_gid == os.getegid()]
    group = "daemon" if ROOT else (own or [""])[0]
    user = "nobody" if ROOT else None
    idle.config.write(api__socket_mode="0660", api__socket_group=group)
    if user:
        idle.config.write(api__socket_user=user)
    idle.start()
    assert owner(idle) == ((NOBODY, MEMBER, 0o660) if ROOT else (os.geteuid(), os.getegid(), 0o660))
    # Another owner counts from the next start, and the log says so.
    idle.config.write(api__socket_user="", api__socket_group="", api__socket_mode="0600")
    idle.hup()
    assert "api.socket_mode, socket_user and socket_group take effect at the next start." in idle.log()
    idle.restart()
    assert owner(idle) == (os.geteuid(), os.getegid(), 0o600)


@pytest.mark.parametrize("kind", ["user", "group"])
def test_unknown_owner(idle, kind):
    idle.config.write(**{f"api__socket_{kind}": "no-such-name"})
    result = programs.run(*idle.command())
    first, last = result.stderr.splitlines()
    assert f'api.socket_{kind}: found "no-such-name", allowed is the name of a {kind} of this machine' in first
    assert (result.returncode, last) == (1, f"Can't listen at {idle.socket}: the {kind} of api.socket_{kind} does not exist")
    assert not idle.socket.exists()
