"""Every dialogue of the administration guide: typed at a terminal, in capitals, and in batch form."""

import shlex

import pytest

from support.console import HOST, LINKS, PROMPT, prepare
from support.terminal import normal
from support.transcript import NAMES, Transcript, assert_lines

# The batch form of the answers of each dialogue; the files hold everything else.
BATCH = {
    "deregister": lambda answers, token: [answers[0], "--yes"],
    "register": lambda answers, token: [answers[0], "--token-file", token],
}


def batch_words(command, token_file):
    """The words of a command of a transcript in batch form."""
    answers = command.answers
    if command.name.lower() == "commit":
        return [command.name, *answers]
    return [command.name, *BATCH.get(answers[0].lower(), lambda given, token: given)(answers, token_file)]


def check_result(agent, name):
    """The effect of a dialogue on the daemon."""
    if name in ("enable", "disable"):
        assert agent.status()["enabled"] is (name == "enable")
    elif name == "settrs":
        assert agent.status()["server"]["label"] == "EUROPE"
    elif name == "deregister":
        agent.wait_state("unregistered")
        assert agent.cloud.devices() == []
    else:
        # The token of the guide is not one of this cloud.
        agent.wait_failure("token_rejected", "activation")


def test_all_dialogues_are_here():
    assert NAMES == ["deregister", "disable", "enable", "register", "settrs"]


@pytest.mark.parametrize("change", [str, str.upper], ids=["as-printed", "capitals"])
@pytest.mark.parametrize("name", NAMES)
def test_replay(agent, console, name, change):
    transcript = Transcript(name, HOST, change)
    prepare(agent, transcript.given)
    with console.terminal() as terminal:
        for answer in transcript.answers:
            terminal.type(answer.prompt, answer.typed)
        terminal.wait(PROMPT)
        assert_lines(terminal.lines()[:-1], [*transcript.lines, ""])
        terminal.type(PROMPT, "exit")
        assert terminal.finish() == 0
    check_result(agent, name)


@pytest.mark.parametrize("change", [str, str.upper], ids=["as-printed", "capitals"])
@pytest.mark.parametrize("name", NAMES)
def test_batch(agent, console, name, change, tmp_path):
    """All commands of a dialogue in one line of trctl shell -c."""
    transcript = Transcript(name, HOST, change)
    prepare(agent, transcript.given)
    token_file = tmp_path / "token"
    token_file.write_text(transcript.answers[-1].typed)
    commands = "; ".join(shlex.join(batch_words(one, str(token_file))) for one in transcript.commands)
    result = console.batch(commands)
    assert (result.returncode, result.stderr) == (0, "")
    expected = [line for command in transcript.commands for line in normal(command.result)]
    assert_lines(result.stdout.splitlines(), expected)
    check_result(agent, name)


@pytest.mark.parametrize("name", NAMES)
def test_links(agent, console, name, tmp_path):
    """Each command of a dialogue by a process of its own, as a link where there is one."""
    transcript = Transcript(name, HOST)
    prepare(agent, transcript.given)
    token_file = tmp_path / "token"
    token_file.write_text(transcript.answers[-1].typed)
    for command in transcript.commands:
        words = batch_words(command, str(token_file))
        if command.name in LINKS:
            result = console.run(*words[1:], link=command.name)
        else:
            result = console.batch(shlex.join(words))
        assert (result.returncode, result.stderr) == (0, "")
        assert_lines(result.stdout.splitlines(), normal(command.result))
    check_result(agent, name)


@pytest.mark.parametrize("name", NAMES)
def test_without_a_terminal(agent, console, name):
    """Commands and answers come from standard input; without an echo they aren't on the prompts' lines."""
    transcript = Transcript(name, HOST)
    prepare(agent, transcript.given)
    result = console.feed(*[answer.typed for answer in transcript.answers])
    assert (result.returncode, result.stderr) == (0, "")
    prompts = {(answer.prompt + answer.typed).rstrip(): answer.prompt for answer in transcript.answers}
    expected = [prompts.get(line, line).rstrip() for line in transcript.lines if not line.startswith(PROMPT)]
    seen = normal(result.stdout.splitlines())
    assert_lines([line for line in seen if line], [line for line in expected if line])
    check_result(agent, name)


@pytest.mark.parametrize("link", LINKS)
def test_link_at_a_terminal(agent, console, link):
    """Without arguments a link is the dialogue of its command."""
    agent.enable()
    verb = {"threatresponseconfig": "disable", "cloudserviceconfig": "settrs"}[link]
    with console.terminal(link=link) as terminal:
        terminal.type("[]> ", verb)
        if verb == "settrs":
            terminal.type("[]> ", "americas")
        assert terminal.finish() == 0
        lines = terminal.lines()
    assert lines[0] == "Choose the operation you want to perform:"
    staged = agent.call("GetSettings")["staged"]
    assert staged.get("enabled") is (False if verb == "disable" else None)
    assert staged.get("server") == ("AMERICAS" if verb == "settrs" else None)
