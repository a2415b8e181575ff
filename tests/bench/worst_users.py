"""How long root waits for a connection and its status while users without rights do their worst (support/worst.py)."""

import contextlib
import os
import subprocess
import time

import methods
from local_socket import quantiles, yield_to_others
from stage import AGENT, Connection, Failed

WORST = os.path.join(os.path.dirname(__file__), "..", "system", "support", "worst.py")
HABITS = ("methods", "messages", "connections", "halves", "watchers", "deaf", "silent")
USERS = 4
FIRST = 20001
MOST = 0.1  # seconds


@contextlib.contextmanager
def attackers(daemon, habit):
    """So many users, each with more connections than he gets."""
    with contextlib.ExitStack() as stack:
        source = stack.enter_context(open(WORST, "rb")).fileno()
        for i in range(USERS):
            user = ["setpriv", f"--reuid={FIRST + i}", f"--regid={FIRST + i}", "--clear-groups"] if os.geteuid() == 0 else []
            process = subprocess.Popen(
                [*user, "/usr/bin/python3", f"/proc/self/fd/{source}", habit, "600", os.path.basename(daemon.socket)],
                cwd=daemon.directory, stdout=subprocess.PIPE, pass_fds=(source,), preexec_fn=yield_to_others)
            stack.callback(lambda ended: (ended.kill(), ended.wait(), ended.stdout.close()), process)
            if process.stdout.readline() != b"ready\n":
                raise Failed("an attacker does not start")
        yield


def time_status(daemon):
    begin = time.perf_counter()
    with Connection.to(daemon.socket) as connection:
        connection.call(f"{AGENT}GetStatus")
    return time.perf_counter() - begin


def measure(table, daemon, form, runs):
    """The daemon has one processor for itself; the clients have the others, if there are any."""
    daemon.enable()
    methods.fill_history(daemon)
    ours, all_ = os.sched_getaffinity(0), set(range(os.cpu_count()))
    os.sched_setaffinity(0, all_ - ours or ours)
    try:
        for habit in HABITS:
            with attackers(daemon, habit):
                time.sleep(0.2)
                taken = [time_status(daemon) for _ in range(runs)]
            table.add(f"{USERS} users, {habit}: root's status, p50", form, quantiles(taken)[0])
            table.add(f"{USERS} users, {habit}: root's status, longest", form, max(taken), limit=MOST)
    finally:
        os.sched_setaffinity(0, ours)
