"""A person at the console: keys, completion, history, and a daemon that goes away."""

import os
import subprocess

import pytest

from support import programs
from support.console import PROMPT, TOKEN

CTRL_C, CTRL_D, TAB, UP = "\x03", "\x04", "\t", "\x1b[A"
GONE = "The daemon is not running: nobody listens on {}, which an earlier one left behind."
START = "Start it (systemctl start threatresponsed), or check the path of the socket."
CLEAR = "Are you sure you want to clear all changes since the last commit? [Y]> "
LEAVE = "Are you sure you wish to exit? [N]> "
DEREGISTER = "If you deregister, you will not be able to access the Cloud Service features. [N]> "


def test_libedit_is_the_consoles_only(agent, console):
    """Only a console at a terminal loads the library, and nothing is linked with it. The loader tells."""
    linked = programs.run("ldd", programs.program("trctl")).stdout
    assert "libjson-c" in linked and "libedit" not in linked
    for words in (["status"], ["shell", "-c", "status"]):
        result = console.run(*words, env={"LD_DEBUG": "files"})
        assert result.returncode == 0 and "libjson-c" in result.stderr and "libedit" not in result.stderr
    with console.terminal(LD_DEBUG="files", LD_DEBUG_OUTPUT=str(agent.folder / "loader")) as terminal:
        terminal.type(PROMPT, "exit")
        assert terminal.finish() == 0
    assert "libedit.so.2" in (agent.folder / f"loader.{terminal.pid}").read_text()


def test_without_libedit(ready, console, tmp_path):
    """A console works without the library and doesn't mention it."""
    folder = tmp_path / "libraries"
    folder.mkdir()
    (folder / "libedit.so.2").write_text("")
    with console.terminal(LD_LIBRARY_PATH=str(folder)) as terminal:
        terminal.type(PROMPT, "threatresponseconfig", "\n")
        terminal.type("[]> ", "disable", "\n")
        terminal.type(PROMPT, CTRL_C, "")
        terminal.type(PROMPT, "clearchanges", "\n")
        terminal.type(CLEAR, "", "\n")
        terminal.type(PROMPT, "", CTRL_D)
        assert terminal.finish() == 0
        assert terminal.lines()[0] == f"{PROMPT}threatresponseconfig"
    assert ready.status()["staged"] == []


@pytest.mark.parametrize("key", [CTRL_C, CTRL_D], ids=["ctrl-c", "ctrl-d"])
@pytest.mark.parametrize(
    "answers",
    [
        [("[]> ", None)],
        [("[]> ", "settrs"), ("[]> ", None)],
        [("[]> ", "deregister"), (DEREGISTER, None)],
        [("[]> ", "deregister"), (DEREGISTER, "maybe"), (DEREGISTER, None)],
    ],
    ids=["menu", "server", "yes-or-no", "once-more"],
)
def test_giving_a_dialogue_up(registered, console, answers, key):
    """The dialogue ends without effect, and the shell is back."""
    with console.terminal() as terminal:
        terminal.type(PROMPT, "cloudserviceconfig")
        for prompt, answer in answers:
            terminal.type(prompt, key if answer is None else answer, "" if answer is None else "\r")
        terminal.type(PROMPT, "showchanges")
        terminal.wait(PROMPT)
        assert "There are no staged changes." in terminal.lines()
        terminal.type(PROMPT, "", CTRL_D)
        assert terminal.finish() == 0
    assert registered.registration()["state"] == "registered"


def test_giving_the_token_up(ready, console):
    """The token is read without an echo, in a way of its own."""
    with console.terminal() as terminal:
        for key in (CTRL_C, CTRL_D):
            terminal.type(PROMPT, "cloudserviceconfig")
            terminal.type("[]> ", "register")
            terminal.type("[]> ", "", key)
        terminal.type(PROMPT, "exit")
        assert terminal.finish() == 1
    assert ready.registration()["state"] == "unregistered"


def test_ctrl_c_at_the_prompt(agent, console):
    with console.terminal() as terminal:
        terminal.type(PROMPT, "threatresponse", "")
        terminal.wait_text(f"{PROMPT}threatresponse")
        terminal.send(CTRL_C)
        terminal.type(PROMPT, "status")
        terminal.type(PROMPT, "", CTRL_D)
        assert terminal.finish() == 0
    assert f"{PROMPT}status" in terminal.lines()


@pytest.mark.parametrize("leave", ["exit\r", "QUIT\r", CTRL_D])
def test_leaving_with_staged_changes(agent, console, leave):
    """The console asks: No stays, Yes leaves, and staged values stay staged."""
    agent.call("Stage", {"enabled": True})
    with console.terminal() as terminal:
        terminal.type(PROMPT, leave, "")
        terminal.type(LEAVE, "")
        terminal.type(PROMPT, leave, "")
        terminal.type(LEAVE, CTRL_C, "")
        terminal.type(PROMPT, leave, "")
        terminal.type(LEAVE, "yes")
        terminal.finish()
    assert agent.call("GetSettings")["staged"]["enabled"] is True


def test_ctrl_d_twice_leaves(agent, console):
    """A hang-up at the question leaves."""
    agent.call("Stage", {"enabled": True})
    with console.terminal() as terminal:
        terminal.type(PROMPT, "", CTRL_D)
        terminal.type(LEAVE, "", CTRL_D)
        assert terminal.finish() == 0


def test_leaving_without_changes(agent, console):
    with console.terminal() as terminal:
        terminal.type(PROMPT, "exit")
        assert terminal.finish() == 0


def test_exit_code_is_that_of_the_last_command(agent, console):
    with console.terminal() as terminal:
        terminal.type(PROMPT, "cloudserviceconfig settrs mars")
        terminal.type(PROMPT, "exit")
        assert terminal.finish() == 1


def test_mistakes_are_asked_again(registered, console):
    with console.terminal() as terminal:
        terminal.type(PROMPT, "cloudserviceconfig")
        terminal.type("[]> ", "register-me")
        terminal.type("[]> ", "setrs")
        terminal.type("[]> ", "settrs")
        terminal.type("[]> ", "EUROPE")
        terminal.type(PROMPT, "exit")
        assert terminal.finish() == 0
    assert "There is no operation setrs. Did you mean SETTRS?" in terminal.lines()


def test_a_long_comment_is_asked_again(agent, console):
    with console.terminal() as terminal:
        terminal.type(PROMPT, "threatresponseconfig enable")
        terminal.type(PROMPT, "commit")
        terminal.type("[]> ", "x" * 1025)
        terminal.type("[]> ", "joined – the cloud")
        terminal.type(PROMPT, "exit")
        assert terminal.finish() == 0
    assert "The comment has 1025 characters; at most 1024 are allowed." in terminal.lines()
    assert agent.call("ListCommits")["commits"][0]["comment"] == "joined – the cloud"


# Completion


@pytest.mark.parametrize(
    "typed, seen",
    [
        (f"thr{TAB}", "threatresponseconfig"),
        (f"CLOUDS{TAB}SETT{TAB}am{TAB}", "cloudserviceconfig SETTRS AMERICAS"),
        (f"cloudserviceconfig settrs api.{TAB}", "cloudserviceconfig settrs api.eu.sse.itd.cisco.com"),
        (f"cloudserviceconfig der{TAB}--l{TAB}", "cloudserviceconfig deregister --local-only"),
        (f"clusterm{TAB}g{TAB}", "clustermode group"),
        (f"comm{TAB}", "commit"),
        (f"nonsense{TAB}", "nonsense"),
    ],
)
def test_completion(agent, console, typed, seen):
    with console.terminal() as terminal:
        terminal.type(PROMPT, typed, "")
        terminal.wait_text(f"{PROMPT}{seen}")


def test_completion_lists_what_fits(ready, console):
    """A dialogue completes the entries of its menu, and the servers that are supported."""
    with console.terminal() as terminal:
        terminal.type(PROMPT, f"comm{TAB}", "")
        terminal.wait_text(f"{PROMPT}commit")
        terminal.send(TAB)
        terminal.wait(f"{PROMPT}commit")
        assert "commit  commitlog" in terminal.lines()
        terminal.send(CTRL_C)
        terminal.type(PROMPT, "cloudserviceconfig")
        terminal.type("[]> ", TAB, "")
        terminal.wait("[]> ")
        assert "register  settrs" in terminal.lines()
        terminal.send(f"s{TAB}")
        terminal.wait_text("[]> settrs")
        terminal.send("\r")
        terminal.type("[]> ", f"eu{TAB}", "")
        terminal.wait_text("[]> EUROPE")
        terminal.send("\r")
        terminal.type(PROMPT, "exit")
        terminal.finish()
    assert "Selected threat response server is api.eu.sse.itd.cisco.com." in terminal.lines()


@pytest.mark.complaint("commands: completion waits or prints errors when the daemon is absent or hangs")
def test_completion_without_the_daemon(agent, console):
    """Completion prints no error into the line."""
    with console.terminal() as terminal:
        terminal.wait(PROMPT)
        agent.kill()
        terminal.send(f"cloudserviceconfig settrs eu{TAB}rope")
        terminal.wait_text(f"{PROMPT}cloudserviceconfig settrs europe")
        assert terminal.lines() == [f"{PROMPT}cloudserviceconfig settrs europe"]


# History


def test_history(ready, console):
    """The history has commands, also of an earlier session, and never answers or tokens."""
    with console.terminal() as terminal:
        terminal.type(PROMPT, "clustermode")
        terminal.type(PROMPT, f"cloudserviceconfig register {TOKEN}")
        terminal.wait(PROMPT)
        ready.wait_failure("token_rejected")
        terminal.type(PROMPT, f"cloudserviceconfg register {TOKEN}")
        terminal.type(PROMPT, TOKEN)
        terminal.type(PROMPT, "cloudserviceconfig")
        terminal.type("[]> ", "register")
        terminal.type("[]> ", TOKEN)
        terminal.wait(PROMPT)
        ready.wait_failure("token_rejected")
        terminal.type(PROMPT, "exit")
        terminal.finish()
    assert console.history.read_text() == "clustermode\ncloudserviceconfig\nexit\n"
    assert os.stat(console.history).st_mode & 0o777 == 0o600
    with console.terminal() as terminal:
        terminal.type(PROMPT, UP + UP + UP, "")
        terminal.wait_text(f"{PROMPT}clustermode")


@pytest.mark.parametrize("kind", ["link", "folder", "none"])
def test_history_goes_nowhere_else(agent, console, kind):
    """The console leaves alone a history that isn't a file of this user, and works without it."""
    other = agent.folder / "other"
    other.write_text("kept\n")
    if kind == "link":
        console.history.symlink_to(other)
    elif kind == "folder":
        console.history.mkdir()
    with console.terminal(**({"HOME": "relative"} if kind == "none" else {})) as terminal:
        terminal.type(PROMPT, "clustermode")
        terminal.type(PROMPT, "exit")
        assert terminal.finish() == 0
    assert other.read_text() == "kept\n"


# The daemon goes away


def kill_and_lose_the_socket(agent):
    agent.kill()
    return GONE.format(agent.socket)


@pytest.mark.parametrize(
    "given, answers",
    [
        ("ready", ["cloudserviceconfig", "register", TOKEN]),
        ("ready", ["cloudserviceconfig", "settrs"]),
        ("ready", ["threatresponseconfig", "disable"]),
        ("registered", ["cloudserviceconfig", "deregister", "yes"]),
    ],
    ids=["register", "settrs", "disable", "deregister"],
)
@pytest.mark.parametrize("as_link", [False, True], ids=["shell", "link"])
def test_daemon_killed_in_the_middle(agent, console, given, answers, as_link):
    """The error is a clear sentence; a link exits with 3, and the shell works again with the daemon."""
    agent.enable()
    if given == "registered":
        agent.register()
    command, *others = answers
    prompts = {"yes": DEREGISTER}
    with console.terminal(link=command if as_link else None) as terminal:
        if not as_link:
            terminal.type(PROMPT, command)
        for answer in others[:-1]:
            terminal.type(prompts.get(answer, "[]> "), answer)
        terminal.wait(prompts.get(others[-1], "[]> "))
        said = kill_and_lose_the_socket(agent)
        terminal.type(prompts.get(others[-1], "[]> "), others[-1])
        if as_link:
            assert terminal.finish() == 3
        else:
            terminal.wait(PROMPT)
        assert [line for line in terminal.lines() if line in (said, START)] == [said, START]
        if not as_link:
            terminal.type(PROMPT, "exit")
            assert terminal.finish() == 3
    agent.start()
    assert (agent.registration()["state"] == "registered") == (given == "registered")


def test_daemon_comes_back(agent, console):
    """Staged values are gone with the daemon, and commit says so."""
    with console.terminal() as terminal:
        terminal.type(PROMPT, "threatresponseconfig enable")
        terminal.wait(PROMPT)
        agent.restart()
        terminal.type(PROMPT, "commit")
        terminal.wait(PROMPT)
        assert "There is nothing to commit." in terminal.lines()
        terminal.type(PROMPT, "exit")
        assert terminal.finish() == 5


def test_daemon_is_killed_without_a_terminal(agent, console):
    """The answers come from a pipe."""
    with subprocess.Popen(
        console.command("shell"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=programs.environment(),
    ) as process:
        process.stdin.write(b"threatresponseconfig\n")
        process.stdin.flush()
        seen = b""
        while b"[]> " not in seen:
            data = process.stdout.read1(4096)
            assert data, seen
            seen += data
        said = kill_and_lose_the_socket(agent)
        _, errors = process.communicate(b"enable\nstatus\n", programs.DEADLINE)
    assert (process.returncode, errors.decode().splitlines()) == (3, [said, START])
