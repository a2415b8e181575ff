"""Several people at the console: each stages for himself, and none overwrites another unseen. Texts from elsewhere."""

import contextlib
import json
import os
import subprocess

import pytest

from support import programs
from support.console import PROMPT, failure
from support.transcript import assert_lines

ROOT = os.geteuid() == 0
SECOND = 1 if ROOT else os.geteuid()
SECOND_NAME = "daemon"
SHELLS = 200
FIRST_UID = 60000
ADMINS = "console-admins"


@pytest.fixture(name="shared")
def make_shared(idle):
    """An agent with two administrators."""
    idle.config.write(api__admin_group=SECOND_NAME)
    idle.start()
    return idle


def test_stage_here_and_commit_there(agent, console):
    """Each command by a process of its own."""
    assert console.run("enable", link="threatresponseconfig").returncode == 0
    assert console.run("settrs", "europe", link="cloudserviceconfig").returncode == 0
    assert console.batch("showchanges").stdout.splitlines() == [
        "feature: disabled -> enabled",
        "server: AMERICAS -> EUROPE",
        '"commit" makes these changes active, "clearchanges" drops them.',
    ]
    assert agent.ctl("diff").stdout.splitlines()[:2] == ["feature: disabled -> enabled", "server: AMERICAS -> EUROPE"]
    assert_lines(console.batch("commit 'both'").stdout.splitlines(), ["Changes committed: {date}"])
    status = agent.status()
    assert (status["enabled"], status["server"]["label"], status["revision"]) == (True, "EUROPE", 1)


def test_the_example_in_one_line(agent, console):
    commands = 'threatresponseconfig enable; cloudserviceconfig settrs europe; commit "joined"'
    result = console.batch(commands)
    assert (result.returncode, result.stderr) == (0, "")
    assert agent.call("ListCommits")["commits"][0]["comment"] == "joined"
    log = console.batch("commitlog").stdout.splitlines()
    assert log[0].startswith("1  ") and log[0].endswith(f"(uid {os.geteuid()})  enabled, server EUROPE")
    assert log[1] == "   joined"


def test_restart_drops_what_is_staged(agent, console):
    assert console.batch("threatresponseconfig enable").returncode == 0
    agent.restart()
    code, lines = failure(console.batch("commit 'late'"))
    assert (code, lines[0]) == (5, "There is nothing to commit.")


def test_clearchanges(agent, console):
    assert console.batch("threatresponseconfig enable").returncode == 0
    result = console.feed("clearchanges", "n")
    assert result.stdout.splitlines()[-1] == "The changes stay as they are."
    assert agent.call("GetSettings")["staged"]["enabled"] is True
    for cleared in (console.feed("clearchanges", "").stdout, again(console).stdout):
        assert_lines(cleared.splitlines()[-1:], ["Changes cleared: {date}"])
        assert "staged" not in agent.call("GetSettings")


def again(console):
    """Batch form asks nobody."""
    return console.batch("threatresponseconfig enable; clearchanges")


def test_date_does_not_depend_on_the_locale(agent, console):
    for number, change in enumerate(("enable", "disable")):
        env = {"LANG": "de_DE.UTF-8", "LC_ALL": "de_DE.UTF-8", "TZ": "Asia/Tokyo"} if number else {"LC_ALL": "C"}
        result = console.batch(f"threatresponseconfig {change}; commit ''", env=env)
        assert_lines(result.stdout.splitlines()[-1:], ["Changes committed: {date}"])


def test_two_administrators(shared, console):
    """A commit that contradicts an earlier one reports both values, who, when, and the next command."""
    shared.enable("AMERICAS")
    assert console.batch("threatresponseconfig disable").returncode == 0
    for change in ("disable", "enable"):
        result = console.batch_as(SECOND, f"threatresponseconfig {change}; commit 'mine'")
        assert (result.returncode, result.stderr) == (0, "")
    code, lines = failure(console.batch("commit 'too late'"))
    if not ROOT:
        # The one candidate has been committed.
        assert (code, lines[0]) == (5, "There is nothing to commit.")
        return
    assert code == 1
    assert lines[0].startswith("enabled: daemon (uid 1) committed enabled in revision 3 at 20")
    assert lines[0].endswith(" UTC, you staged disabled.")
    assert lines[1:] == [
        "Use showchanges to see the difference and clearchanges to drop your changes; then make them again."
    ]
    result = console.batch("clearchanges; threatresponseconfig disable; commit 'now'")
    assert (result.returncode, shared.status()["enabled"]) == (0, False)


# Two hundred at once

# As root, each shell has a user of its own, if account files can be mounted for the daemon; else all are one user.
SEPARATE = ROOT and programs.run("unshare", "--mount", "true").returncode == 0


@pytest.fixture(name="crowded")
def make_crowded(idle):
    """An agent with an administrator for each shell."""
    idle.config.write(
        api__admin_group=ADMINS if SEPARATE else "", api__max_connections=1024, api__max_connections_per_uid=1024
    )
    idle.start(prefix=with_accounts(idle.folder) if SEPARATE else ())
    return idle


def with_accounts(folder):
    """Returns the prefix of a program that sees account files with our users."""
    users = [f"shell{number}" for number in range(SHELLS)]
    uids = range(FIRST_UID, FIRST_UID + SHELLS)
    for name, lines in {
        "passwd": [f"{user}:x:{uid}:{uid}::/:/bin/false" for user, uid in zip(users, uids)],
        "group": [f"{ADMINS}:x:{FIRST_UID - 1}:{','.join(users)}"],
    }.items():
        with open(f"/etc/{name}", encoding="utf-8") as own:
            (folder / name).write_text(own.read().rstrip() + "\n" + "\n".join(lines) + "\n")
    script = 'mount --bind "$1/passwd" /etc/passwd && mount --bind "$1/group" /etc/group && shift && exec "$@"'
    return ["unshare", "--mount", "sh", "-c", script, "sh", str(folder)]


def test_two_hundred_shells(crowded, console):
    """All run at the same time; each stages, shows and clears, and sees his own change only."""
    changes = ["threatresponseconfig enable", "cloudserviceconfig settrs europe"]
    shown = ["feature: disabled -> enabled", "server: AMERICAS -> EUROPE"]
    with contextlib.ExitStack() as stack:
        shells = []
        for number in range(SHELLS):
            command, options = stack.enter_context(console.command_as(FIRST_UID + number if SEPARATE else os.geteuid()))
            shells.append(stack.enter_context(open_shell(command, options)))
        for number, shell in enumerate(shells):
            send(shell, changes[number % 2], "showchanges")
        for number, shell in enumerate(shells):
            lines = read_until(shell, '"commit" makes these changes active, "clearchanges" drops them.')
            if SEPARATE:
                assert [line for line in lines if " -> " in line] == [shown[number % 2]]
            else:
                assert shown[number % 2] in lines
        assert len(crowded.status()["staged"]) == (SHELLS if SEPARATE else 1)
        for shell in shells:
            assert shell.poll() is None
            send(shell, "clearchanges", "y")
        codes = [finish(shell) for shell in shells]
    # A candidate can be dropped once.
    assert sorted(set(codes)) == ([0] if SEPARATE else [0, 5])
    assert crowded.status()["staged"] == []


def open_shell(command, options):
    return subprocess.Popen(
        [*command, "shell"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=programs.environment(),
        **options,
    )


def send(shell, *lines):
    shell.stdin.write("".join(line + "\n" for line in lines))
    shell.stdin.flush()


def read_until(shell, last):
    lines = []
    while not lines or lines[-1] != last:
        line = shell.stdout.readline()
        assert line, lines
        lines.append(line.rstrip("\n"))
    return lines


def finish(shell):
    output, _ = shell.communicate(timeout=programs.DEADLINE)
    assert shell.returncode in (0, 5), output
    return shell.returncode


def test_waiting_shells_hold_no_connection(idle, console):
    """While a person thinks, the shell holds no connection, so the daemon has room for others."""
    idle.config.write(api__max_connections=2, api__max_connections_per_uid=2)
    idle.start()
    idle.enable()
    with contextlib.ExitStack() as stack:
        for _ in range(5):
            terminal = stack.enter_context(console.terminal())
            terminal.type(PROMPT, "cloudserviceconfig")
            terminal.type("[]> ", "register")
            terminal.wait("[]> ")
        assert idle.status()["enabled"] is True


# Texts from elsewhere

ESCAPES = "\x1b[2J\x1b]0;title\x07\x9b1mred\rover\ttab"
ESCAPED = r"\x1b[2J\x1b]0;title\x07\xc2\x9b1mred\x0dover\x09tab"


def test_no_escape_sequence_passes(agent, console):
    """A comment that an earlier version has saved keeps its control characters, and is shown with them escaped."""
    agent.commit_enabled(True)
    agent.stop()
    state = agent.state()
    state["commits"][0]["comment"] = ESCAPES
    agent.state_file.write_text(json.dumps(state))
    agent.start()
    assert console.batch("commitlog").stdout.splitlines()[1] == f"   {ESCAPED}"
    with console.terminal() as terminal:
        terminal.type(PROMPT, "commitlog")
        terminal.wait(PROMPT)
        assert f"   {ESCAPED}" in terminal.lines()


def test_no_escape_sequence_passes_from_a_file(ready, cloud, console):
    """Text of a server in the state may hold any character."""
    console.feed("cloudserviceconfig", "register", cloud.token("AMERICAS"))
    ready.wait_failure("wrong_region")
    ready.stop()
    state = ready.state()
    state["registration"]["lastFailure"]["message"] = ESCAPES
    ready.state_file.write_text(json.dumps(state))
    ready.start()
    assert ready.registration()["lastFailure"]["message"] == ESCAPES
    assert f"  Message       {ESCAPED}" in console.batch("status").stdout.splitlines()
    lines = console.feed("cloudserviceconfig", "").stdout.splitlines()
    assert lines[1] == f"The registration failed: {ESCAPED}"
