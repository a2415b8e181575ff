"""trctl in scripts: no verb waits for a person or for a daemon that hangs, and each mistake has an exit code."""

import json
import os
import re
import signal
import subprocess

import pytest

from support import programs
from support.console import LINKS
from support.usage import complete

# Each verb as a script would call it, with all that it needs.
FORMS = {
    "status": [],
    "watch": [],
    "check": ["EUROPE"],
    "servers": [],
    "settings": [],
    "enable": [],
    "disable": [],
    "server": ["AMERICAS"],
    "diff": [],
    "commit": ["-m", "text"],
    "clear": [],
    "history": [],
    "register": ["--token-file", "{token}"],
    "deregister": ["--yes"],
    "cancel": [],
    "retry": [],
    "renew": [],
    "certificate": [],
    "metrics": [],
    "reset-identity": ["--yes"],
    "reload": [],
    "recognise": ["example.com"],
    "call": ["GetStatus"],
    "shell": ["-c", "status"],
}
# These run until something ends them.
ENDLESS = ["watch"]


def form(agent, verb):
    token = agent.folder / "token"
    token.write_text("A" * 35)
    return [word.format(token=token) for word in FORMS[verb]]


def test_the_table_has_every_verb():
    usage = programs.run(programs.program("trctl"), "help").stdout
    assert [verb for verb in re.findall(r"^  ([a-z][a-z-]*)", usage, re.M) if verb != "help"] == list(FORMS)


# Without a person


@pytest.mark.complaint("commands: a command waits for input in a script")
def test_nothing_waits_for_input(registered):
    """With /dev/null as standard input, as in an unattended installation, no verb waits for an answer."""
    for verb in FORMS:
        if verb not in ENDLESS:
            result = registered.ctl(verb, *form(registered, verb), stdin=subprocess.DEVNULL)
            assert result.returncode in (0, 1, 5, 6), f"{verb}: {result.stderr}"


@pytest.mark.complaint("commands: a command waits for input in a script")
@pytest.mark.parametrize(
    "words, named",
    [
        (["register"], "--token-file"),
        (["register", "--token-file", "-"], "standard input"),
        (["deregister"], "--yes"),
        (["reset-identity"], "--yes"),
        (["server"], "NAME"),
        (["call"], "METHOD"),
        (["call", "Stage", "-"], "not a JSON object"),
    ],
    ids=" ".join,
)
def test_missing_input_is_named(registered, words, named):
    """Without the answers of a person a verb exits with 2 and names the option that gives them."""
    before = registered.state_file.read_bytes()
    result = registered.ctl(*words, stdin=subprocess.DEVNULL)
    assert (result.returncode, result.stdout) == (2, "")
    assert named in result.stderr.splitlines()[0]
    assert registered.state_file.read_bytes() == before


@pytest.mark.complaint("commands: a command waits for input in a script")
@pytest.mark.parametrize("link", LINKS)
def test_the_dialogues_do_not_wait_for_input(ready, console, link):
    result = console.run(link=link, stdin=subprocess.DEVNULL)
    assert result.returncode == 2
    assert "The input ends where an answer is needed." in result.stderr


@pytest.mark.complaint("commands: a command waits for input in a script")
@pytest.mark.parametrize(
    "command, code",
    [
        ("commit", 0),
        ("threatresponseconfig", 2),
        ("cloudserviceconfig", 2),
        ("cloudserviceconfig register", 2),
        ("cloudserviceconfig deregister", 2),
        ("cloudserviceconfig settrs", 2),
        ("clustermode", 0),
        ("status", 0),
        ("commitlog", 0),
    ],
)
def test_no_command_of_the_console_waits_for_input(registered, console, command, code):
    """In batch form the error names a missing answer of the dialogue."""
    registered.call("Stage", {"enabled": False})
    result = console.batch(command, stdin=subprocess.DEVNULL)
    assert result.returncode == code, result.stdout + result.stderr
    assert registered.registration()["state"] == "registered"


# Wrong usage

WRONG = [
    *[[verb, *words, "--nope"] for verb, words in FORMS.items()],
    *[[verb, *words, *["more"] * (64 if verb == "recognise" else 3)] for verb, words in FORMS.items()],
    *[[verb, *words, "--json=yes"] for verb, words in FORMS.items()],
    [],
    ["nonsense"],
    ["Status"],
    ["--nope"],
    ["--socket"],
    ["--socket", "", "status"],
    ["--socket", "/" + "x" * 200, "status"],
    ["--version=3"],
    ["help", "nonsense"],
    ["help", "status", "extra"],
    ["--help", "status", "extra"],
    ["server", ""],
    ["check", ""],
    ["call", ""],
    ["call", "GetStatus", "no JSON"],
    ["call", "GetStatus", "[]"],
    ["register", "--wait=-1"],
    ["register", "--wait=soon"],
    ["register", "--wait=99999999999"],
    ["register", "--token-file"],
    ["register", "--token-file="],
    ["deregister", "--yes", "--wait=x"],
    ["deregister", "--yes=no"],
    ["renew", "--wait=x"],
    ["metrics", "--output"],
    ["metrics", "--output="],
    ["commit", "-m"],
    ["shell", "-c"],
    ["shell", "-c", "status --nope"],
]


@pytest.mark.complaint("commands: wrong usage prints an error and exits with 0")
def test_wrong_usage(ready):
    for words in WRONG:
        result = ready.ctl(*(word.format(token="/dev/null") for word in words))
        assert (result.returncode, result.stdout) == (2, ""), words
        first, hint = result.stderr.splitlines()
        assert first and hint, words
    assert ready.status()["revision"] == 1 and ready.status()["staged"] == []
    assert ready.registration()["state"] == "unregistered"


# A daemon that hangs


def begin(agent, *words, **more):
    """Starts a command, which has no input."""
    return subprocess.Popen(
        programs.bound_to_us(programs.program("trctl"), "--socket", agent.socket, *words),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=programs.environment(),
        **more,
    )


@pytest.mark.complaint("commands: a command hangs when the daemon hangs")
def test_no_verb_waits_for_a_daemon_that_hangs(registered):
    """The daemon is stopped (SIGSTOP). All verbs run at once, and each gives up by itself."""
    commands = {verb: [*form(registered, verb)] for verb in FORMS} | {"status --watch": []}
    os.kill(registered.pid, signal.SIGSTOP)
    running = {}
    try:
        for verb, words in commands.items():
            running[verb] = begin(registered, *verb.split(), *words)
        outputs = {verb: process.communicate(timeout=programs.DEADLINE) for verb, process in running.items()}
    finally:
        for process in running.values():
            process.kill()
        os.kill(registered.pid, signal.SIGCONT)
    for verb, (stdout, stderr) in outputs.items():
        assert (running[verb].returncode, stdout) == (3, ""), f"{verb}: {stderr}"
        assert "The daemon is there, but it did not answer in time." in stderr, verb
    assert registered.registration()["state"] == "registered"


@pytest.mark.complaint("commands: completion waits or prints errors when the daemon is absent or hangs")
def test_completion_with_a_daemon_that_hangs(agent, console):
    """Completion offers nothing, and prints nothing into the line that is being typed."""
    (console.home / "trctl").symlink_to(programs.program("trctl"))
    words = [console.home / "trctl", "--socket", agent.socket, "server", "e"]
    os.kill(agent.pid, signal.SIGSTOP)
    try:
        assert complete(console, words, "trctl") == []
    finally:
        os.kill(agent.pid, signal.SIGCONT)
    assert complete(console, words, "trctl") == ["EUROPE"]


# Several at once


def at_once(agent, number, *words, **more):
    """Runs the same command several times at once; the results."""
    processes = [begin(agent, *words, **more) for _ in range(number)]
    return [(process.communicate(timeout=programs.DEADLINE), process.returncode) for process in processes]


@pytest.mark.complaint("commands: two commands at once crash, or register twice")
def test_registrations_at_once(ready, cloud):
    """One registers, the others exit as busy; none crashes, and the token is used once."""
    token = ready.folder / "token"
    token.write_text(cloud.token())
    cloud.hold("confirm")
    results = at_once(ready, 8, "register", "--token-file", token)
    assert sorted(code for _, code in results) == [0] + [6] * 7
    for (stdout, stderr), code in results:
        if code:
            assert stdout == ""
            assert stderr.splitlines()[0] == "trctl: The appliance is being registered with EUROPE already."
    # A restart before the answer is saved would repeat the activation.
    ready.wait_step("confirm")
    cloud.clear()
    ready.restart()
    ready.wait_state("registered")
    assert cloud.count("POST", "/activations") == 1
    assert len(cloud.devices()) == 1


@pytest.mark.complaint("commands: two commands at once crash, or register twice")
def test_commits_at_once(agent):
    """They belong to one user: one commits the staged values, the others find none."""
    agent.call("Stage", {"enabled": True})
    results = at_once(agent, 8, "commit", "-m", "at once")
    assert sorted(code for _, code in results) == [0] + [5] * 7
    assert agent.status()["revision"] == 1


@pytest.mark.complaint("commands: two commands at once crash, or register twice")
def test_deregistrations_at_once(registered, cloud):
    cloud.hold("delete")
    results = at_once(registered, 8, "--json", "deregister", "--yes")
    assert sorted(code for _, code in results) == [0] + [6] * 7
    for (stdout, _), code in results:
        if code:
            assert json.loads(stdout)["error"]["reason"] == "busy"
    # A daemon that is stopped before it has saved the answer would repeat the request: release none while it runs, nor
    # while its worker does.
    workers = programs.until(registered.workers, "a worker runs")
    assert registered.stop() == 0
    programs.until(lambda: not any(programs.is_alive(pid) for pid in workers), "the worker ends")
    cloud.clear()
    registered.start()
    registered.wait_state("unregistered")
    answered = [one.status for one in cloud.requests() if one.method == "DELETE" and one.status != "-"]
    assert answered == ["204"]
