"""Watchers outlive a restart of the daemon, and report in a line that they had to wait."""

import json
import signal
import subprocess

import pytest

from support import programs

LOST = "trctl: The daemon went away; waiting until it is back."


class Watcher:
    """A running trctl, read line by line."""

    def __init__(self, agent, *arguments):
        self.errors = agent.folder / "trctl.stderr"
        with open(self.errors, "wb") as errors:
            self.process = subprocess.Popen(
                programs.bound_to_us(programs.program("trctl"), "--socket", agent.socket, *arguments),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                env=programs.environment(),
                text=True,
            )

    def line(self, begins):
        """Returns the next line with this beginning."""
        for line in self.process.stdout:
            if line.startswith(begins):
                return line.rstrip("\n")
        raise AssertionError(f"no line begins with {begins!r}: {self.errors.read_text()}")

    def told(self):
        return self.errors.read_text().splitlines()

    def wait_lost(self, times):
        programs.until(lambda: self.told().count(LOST) == times, "the watcher says that it waits")

    def end(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        code = self.process.wait(programs.DEADLINE)
        self.process.stdout.close()
        programs.assert_sane(self.errors.read_text(), "trctl")
        return code


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_watch_goes_on(ready, how):
    watcher = Watcher(ready, "status", "--watch")
    assert watcher.line("Feature").endswith("enabled")
    for i in range(2):
        ready.stop(how)
        watcher.wait_lost(i + 1)
        ready.start()
        # The present state comes without a change.
        assert watcher.line("Feature").endswith("enabled")
    ready.call("Stage", {"enabled": False})
    ready.call("Commit")
    while not watcher.line("Feature").endswith("disabled"):
        pass
    assert watcher.told() == [LOST, LOST]
    assert watcher.end() == -signal.SIGTERM


def test_watch_as_json(agent):
    watcher = Watcher(agent, "--json", "status", "--watch")
    assert json.loads(watcher.line("{"))["status"]["enabled"] is False
    assert agent.stop() == 0
    watcher.wait_lost(1)
    agent.start()
    assert json.loads(watcher.line("{"))["status"]["enabled"] is False
    watcher.end()


def test_watch_needs_a_daemon_to_begin_with(idle):
    result = idle.ctl("status", "--watch")
    assert (result.returncode, result.stdout) == (3, "")
    assert "The daemon is not running" in result.stderr and LOST not in result.stderr


def test_wait_survives_a_restart(ready, cloud, token_file):
    """The cloud holds a registration, the daemon is killed meanwhile, and trctl still sees the end."""
    cloud.hold("activation")
    waiter = Watcher(ready, "register", "--wait=100", "--token-file", token_file(cloud.token()))
    assert waiter.line("context") == "context ... done"
    ready.wait_step("activation")
    assert ready.kill() == -9
    waiter.wait_lost(1)
    cloud.clear()
    cloud.restart()
    ready.start()
    assert waiter.line("confirm") == "confirm ... done"
    assert waiter.process.stdout.read().startswith("The Content Security Management appliance is successfully reg")
    assert waiter.process.wait(programs.DEADLINE) == 0
    assert waiter.told() == [LOST]
    waiter.process.stdout.close()


@pytest.mark.complaint("commands: a command that waits for the cloud never ends")
def test_wait_ends_when_the_daemon_stays_away(ready, cloud, token_file):
    cloud.hold("activation")
    waiter = Watcher(ready, "register", "--wait=2", "--token-file", token_file(cloud.token()))
    assert waiter.line("context") == "context ... done"
    assert ready.stop() == 0
    assert waiter.process.wait(programs.DEADLINE) == 3
    assert waiter.told() == [
        LOST,
        "trctl: The daemon went away during the registration and has not come back; the operation goes on when it does.",
        "trctl: Start it (systemctl start threatresponsed).",
    ]
    waiter.process.stdout.close()
