"""Users without rights do their worst, and root and other users are served."""

import contextlib
import os
import subprocess
import sys
import time

import pytest

from support import programs, worst

ROOT = os.geteuid() == 0
FIRST, NEXT = 20001, 20100
SECONDS = 60  # how long an attacker lives unless he is ended
ROUNDS = 5

pytestmark = pytest.mark.skipif(not ROOT, reason="other users need root")


@contextlib.contextmanager
def attackers(agent, habits):
    """A process of another user for each of the habits. They give way to the clients that are looked at: here it counts
    what the daemon does, and not how the kernel shares the processors."""
    with contextlib.ExitStack() as stack:
        # The other users may be unable to walk to the test's files.
        source = os.open(worst.__file__, os.O_RDONLY)
        stack.callback(os.close, source)
        for i, habit in enumerate(habits):
            process = subprocess.Popen(
                ["nice", "setpriv", f"--reuid={FIRST + i}", f"--regid={FIRST + i}", "--clear-groups", "--pdeathsig=KILL",
                 sys.executable, f"/proc/self/fd/{source}", habit, str(SECONDS), agent.socket.name],
                cwd=agent.folder, stdout=subprocess.PIPE, pass_fds=(source,), env=programs.environment(),
            )  # fmt: skip
            stack.callback(lambda ended: (ended.kill(), ended.wait(), ended.stdout.close()), process)
            assert process.stdout.readline() == b"ready\n"
        yield


def fill_history(agent):
    with agent.connect() as connection:
        for i in range(100):
            connection.call("Stage", {"enabled": i % 2 == 0})
            connection.call("Commit", {"comment": "\U0001f510" * 1024})


def ask(command, *words, **more):
    """Runs trctl, which must succeed; returns the seconds that it took."""
    begin = time.monotonic()
    result = programs.run(*command, *words, **more)
    assert (result.returncode, result.stderr) == (0, ""), words
    return time.monotonic() - begin


@pytest.mark.parametrize("habits", [[habit] for habit in worst.HABITS] + [list(worst.HABITS)], ids=lambda them: "+".join(them))
def test_root_is_served(idle, console, habits):
    """Whatever one user does: trctl of root, and of another user, has an answer. So has root if seven do it."""
    idle.start()
    fill_history(idle)
    root, taken = [programs.program("trctl"), "--socket", idle.socket], []
    with attackers(idle, habits), idle.connect() as watcher:
        states = watcher.stream("GetStatus")
        next(states)
        for i in range(ROUNDS):
            taken.append(ask(root, "status"))
            taken.append(ask(root, "disable" if i % 2 else "enable"))
            taken.append(ask(root, "commit", "-m", f"round {i}"))
            with console.command_as(NEXT + i) as (command, more):
                taken.append(ask(command, "status", **more))
        # Root's stream was never cut, and comes to the last commit.
        revision = 100 + ROUNDS
        assert next(state for state in states if state["status"]["revision"] == revision)
    print(f"{'+'.join(habits)}: median {sorted(taken)[len(taken) // 2] * 1000:.1f} ms, longest {max(taken) * 1000:.1f} ms")
    assert [commit["comment"] for commit in idle.call("ListCommits")["commits"]][0] == f"round {ROUNDS - 1}"
    events = [line for line in idle.log().splitlines() if "was committed by" in line]
    assert len(events) == revision
