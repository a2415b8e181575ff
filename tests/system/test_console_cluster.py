"""Machine mode: both commands need it, and offer to switch to it."""

import pytest

from support.console import LINKS, PROMPT, failure

RESTRICTED = 'This command is restricted to "machine" mode.'
SWITCH = RESTRICTED + ' Would you like to switch to "machine" mode? [Y]> '
NO_CLUSTER = "This appliance is in no cluster: the settings belong to this machine."
COMMANDS = {"threatresponseconfig": "enable", "cloudserviceconfig": "settrs europe"}


@pytest.fixture(name="clustered")
def make_clustered(idle):
    """An agent of an appliance in a cluster."""
    idle.config.write(cluster__mode="group")
    idle.start()
    return idle


def test_no_cluster(agent, console):
    assert console.batch("clustermode").stdout == NO_CLUSTER + "\n"
    assert failure(console.batch("clustermode group")) == (
        1,
        [NO_CLUSTER, 'The group "cluster" of the daemon\'s configuration file makes it one of a cluster.'],
    )
    assert "clusterMode" not in agent.status()


@pytest.mark.parametrize("mode", ["machine", "group", "cluster"])
def test_the_configuration_is_the_beginning(idle, console, mode):
    idle.config.write(cluster__mode=mode)
    idle.start()
    assert idle.status()["clusterMode"] == mode
    assert console.batch("clustermode").stdout == f'The current mode is "{mode}".\n'
    assert f"Cluster mode    {mode}" in console.batch("status").stdout.splitlines()


def test_it_is_the_sessions(clustered, console):
    """A mode that is set, in any case of letters, holds for this console only."""
    result = console.batch("clustermode MACHINE; threatresponseconfig enable; clustermode cluster; clustermode")
    assert result.stdout.splitlines()[0] == 'The current mode is "machine".'
    assert result.stdout.splitlines()[-1] == 'The current mode is "cluster".'
    assert console.batch("clustermode").stdout == 'The current mode is "group".\n'


@pytest.mark.parametrize("name", LINKS)
def test_batch_is_refused(clustered, console, name):
    expected = (1, [RESTRICTED, 'Use "clustermode machine" first.'])
    command = f"{name} {COMMANDS[name]}"
    assert failure(console.batch(command)) == expected
    assert failure(console.feed(command)) == expected
    assert failure(console.run(*COMMANDS[name].split(), link=name)) == expected
    assert clustered.status()["staged"] == []
    assert console.batch(f"clustermode machine; {command}").returncode == 0
    assert len(clustered.status()["staged"]) == 1


@pytest.mark.parametrize("name", LINKS)
def test_the_dialogue_asks(clustered, console, name):
    """Yes is the default; the dialogue asks once."""
    with console.terminal() as terminal:
        terminal.type(PROMPT, name)
        terminal.type(SWITCH, "no")
        terminal.type(PROMPT, name)
        terminal.type(SWITCH, "")
        terminal.type("[]> ", "")
        terminal.type(PROMPT, name)
        terminal.type("[]> ", "")
        terminal.type(PROMPT, "clustermode")
        terminal.wait(PROMPT)
        lines = terminal.lines()
        terminal.type(PROMPT, "exit")
        assert terminal.finish() == 0
    assert 'The mode stays "group"; nothing was changed.' in lines
    assert 'The current mode is "machine".' in lines


def test_the_dialogue_of_a_link_asks(clustered, console):
    with console.terminal(link="threatresponseconfig") as terminal:
        terminal.type(SWITCH, "Y")
        terminal.type("[]> ", "enable")
        assert terminal.finish() == 0
    assert clustered.status()["staged"][0]["enabled"] is True


def test_other_commands_work_in_every_mode(clustered, console):
    clustered.call("Stage", {"enabled": True})
    result = console.batch("showchanges; status; commit 'x'; commitlog")
    assert (result.returncode, result.stderr) == (0, "")


def test_reload(clustered, console):
    clustered.config.write(cluster__mode="machine")
    clustered.hup()
    assert console.batch("threatresponseconfig enable").returncode == 0
