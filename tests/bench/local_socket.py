"""The local socket: calls one after the other, pipelined, on many connections, many watchers, under attack. The floor is a
bare echo that sends as many bytes."""

import contextlib
import os
import statistics
import subprocess
import time

from stage import Daemon, Failed

MANY = 1000
DEPTH = 16


def quantiles(taken):
    taken = sorted(taken)
    return taken[len(taken) // 2], taken[len(taken) * 99 // 100]


def medians(results):
    return [statistics.median(column) for column in zip(*results)]


class Load:
    """Puts equal loads on the daemon and on its floor, in turns; times are in seconds."""

    def __init__(self, stage, table, daemon, size, rounds):
        self.stage, self.table, self.rounds = stage, table, rounds
        self.daemon = daemon.socket
        self.floor = f"{stage.directory('echo')}/socket"
        stage.serve([stage.program("bench/bare-process"), self.floor, str(size)], self.floor)

    def run(self, program, *arguments):
        return [n / 1e9 for n in self.stage.output([self.stage.program(f"bench/{program}"), *map(str, arguments)])]

    def turns(self, program, *arguments):
        """Returns the medians of rate, p50 and p99, of the daemon and of the floor."""
        results = {self.daemon: [], self.floor: []}
        for _ in range(self.rounds):
            for path, list_ in results.items():
                taken = self.run(program, *arguments, path)
                list_.append((len(taken) / sum(taken), *quantiles(taken)))
        return [medians(list_) for list_ in results.values()]


def measure_calls(load, size, form, form_time, calls):
    (rate, p50, p99), (bare_rate, bare_p50, bare_p99) = load.turns("load-calls", calls, 1)
    load.table.add(f"GetStatus, {size} bytes, one connection: calls", form, rate, bare_rate, least=0.8)
    load.table.add("GetStatus: p50", form_time, p50, bare_p50)
    load.table.add("GetStatus: p99", form_time, p99, bare_p99)
    (rate, _, _), (bare_rate, _, _) = load.turns("load-calls", calls // DEPTH, DEPTH)
    load.table.add(f"GetStatus, {DEPTH} pipelined: calls", form, rate * DEPTH, bare_rate * DEPTH, least=0.8)


def measure_many(load, form_time, calls, changes):
    (rate, p50, p99), (bare_rate, bare_p50, bare_p99) = load.turns("load-connections", MANY, calls)
    del rate, bare_rate
    load.table.add(f"GetStatus, {MANY:,} connections: p50", form_time, p50, bare_p50)
    load.table.add(f"GetStatus, {MANY:,} connections: p99", form_time, p99, bare_p99, most=1.5)
    (_, p50, _), (_, bare_p50, _) = load.turns("load-watchers", MANY, changes)
    load.table.add(f"{MANY:,} watchers told of one change: CPU", form_time, p50, bare_p50, most=1.3)


def measure_idle_connections(daemon, table, memory, form):
    """memory(pid) gives the private dirty memory in KiB."""
    with contextlib.ExitStack() as stack:
        def connect(n):
            for _ in range(n):
                stack.enter_context(daemon.connect()).call("org.threatresponse.agent.GetStatus")

        connect(10)
        before = memory(daemon.process.pid)
        connect(MANY)
        table.add("memory of an idle connection", form, (memory(daemon.process.pid) - before) * 1024 // MANY, limit=4096)


# Attacks of load-attack, their rows, and whether the others should notice little. One thread reads a message to its
# end: any other call may have to wait for the longest message with the most values.
ATTACKS = (
    ("flood", "calls without end", True),
    ("deaf", "3 clients never read", True),
    ("half", "3 messages never end", True),
    ("watchers", "3 watchers never read", True),
    ("connections", "connecting and closing", True),
    ("all", "all of that at once", True),
    ("large", "the costliest messages", False),
)


def yield_to_others():
    """Makes the attack give way to the timed client, where both share a processor."""
    os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))


def measure_attack(load, form_time, calls, kind, what, bound):
    """Runs the daemon on one processor, its clients on the others, if there are any."""
    quiet, attacked = [], []
    command = [load.stage.program("bench/load-attack"), load.daemon, kind]
    ours, all_ = os.sched_getaffinity(0), set(range(os.cpu_count()))
    os.sched_setaffinity(0, all_ - ours or ours)
    try:
        for _ in range(load.rounds):
            quiet.append(quantiles(load.run("load-calls", calls, 1, load.daemon)))
            attack = subprocess.Popen(command, preexec_fn=yield_to_others)
            try:
                time.sleep(0.2)
                attacked.append(quantiles(load.run("load-calls", calls, 1, load.daemon)))
                if attack.poll() is not None:
                    raise Failed("the attack ended by itself")
            finally:
                attack.kill()
                attack.wait()
    finally:
        os.sched_setaffinity(0, ours)
    (p50, p99), (quiet_p50, quiet_p99) = medians(attacked), medians(quiet)
    load.table.add(f"{what}, and quiet: p50", form_time, p50, quiet_p50)
    load.table.add(f"{what}, and quiet: p99", form_time, p99, quiet_p99, most=2 if bound else None)


def daemon_for_many(stage, cloud):
    """Returns a daemon that takes this number of connections."""
    many = 2 * MANY + 100
    return Daemon(stage, cloud, api=f"max_connections = {many}; max_connections_per_uid = {many};").start()
