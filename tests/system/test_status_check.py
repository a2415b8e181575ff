"""status --check: one line and an exit code for monitors."""

import os
import signal

import pytest


def check(agent, code, *words):
    result = agent.ctl("status", "--check")
    assert (result.returncode, result.stderr) == (code, ""), result.stdout
    (line,) = result.stdout.splitlines()
    level = ["OK", "WARNING", "CRITICAL", "UNKNOWN"][code]
    assert line.startswith(f"THREATRESPONSE {level} - ") and "|" not in line
    for word in words:
        assert word in line
    return line


def test_a_life(agent, cloud):
    check(agent, 0, "disabled, unregistered")
    agent.enable()
    check(agent, 1, "enabled, unregistered")
    agent.register()
    check(agent, 0, "enabled, registered, health ok", " days left", "last success ")
    good = agent.config.path.read_text()
    agent.config.path.write_text(good + "nonsense = 1;\n")
    agent.hup()
    check(agent, 1, "configuration fault: ", "nonsense")
    agent.config.path.write_text(good)
    agent.hup()
    check(agent, 0)
    agent.commit_enabled(False)
    check(agent, 0, "disabled, registered, health disabled")
    assert agent.stop() == 0
    check(agent, 3, "The daemon is not running")
    agent.start()


def test_a_registration_that_ended(ready, cloud):
    """The line names why the registration failed for good."""
    ready.call("Register", {"token": "x" * 40})
    ready.wait_for(lambda r: r["state"] == "unregistered" and "lastFailure" in r)
    check(ready, 1, "enabled, unregistered, registration failed for good: token_rejected")


def test_no_answer(agent):
    """A stopped daemon, too, is answered for within the time of a monitor."""
    os.kill(agent.pid, signal.SIGSTOP)
    try:
        check(agent, 3, "did not answer in time")
    finally:
        os.kill(agent.pid, signal.SIGCONT)


@pytest.mark.parametrize("other", ["--watch", "--json"])
def test_one_form(agent, other):
    result = agent.ctl("status", "--check", other)
    assert result.returncode == 2 and f"can't be combined with {other}" in result.stderr
