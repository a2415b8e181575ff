#!/usr/bin/python3
"""Measures speed and size of the programs in a build directory and prints them as a table, each figure beside
its floor: the same measurement, in the same run, of a bare program that does no more than it must. Nothing is
asserted; the exit code is 1 only if a measurement could not be taken.

Daemon, clients and sandbox run on one processor, so that what is timed is work and not the waking of idle
processors. Measured and floor take turns, and the figures are medians."""

import argparse
import os
import statistics
import subprocess
import sys
import time

import distant
import ending
import local_socket
import methods
import others
import recognition
import registration
import worst_users
from stage import Cloud, Daemon, Failed, Stage

FORMAT = "{:<47} {:>12} {:>12} {:>8}  {:<12} {}"


class Table:
    """A table that prints each row as soon as it is known."""

    def __init__(self):
        print(FORMAT.format("figure", "measured", "floor", "ratio", "aim", ""))

    def add(self, figure, form, measured, floor=None, most=None, least=None, limit=None):
        """most and least bound the ratio, limit the measured value; without any the row only informs."""
        ratio = measured / floor if floor else None
        good = True
        aim = ""
        if most:
            good, aim = ratio <= most, f"{most:g} x"
        elif least:
            good, aim = ratio >= least, f"{least:g} x"
        elif limit is not None:
            good, aim = measured <= limit, form(limit)
        verdict = "" if not aim else "ok" if good else "over"
        print(FORMAT.format(figure, form(measured), "" if floor is None else form(floor),
                            "" if ratio is None else f"{ratio:.2f}", aim, verdict).rstrip(), flush=True)


    def note(self, figure, text):
        """A row without figures."""
        print(FORMAT.format(figure, "", "", "", text, "").rstrip(), flush=True)


def kibibytes(n):
    return f"{n:,} KiB"


def byte_count(n):
    return f"{n:,} B"


def milliseconds(seconds):
    return f"{seconds * 1e3:.2f} ms"


def microseconds(seconds):
    return f"{seconds * 1e6:.2f} us"


def a_second(n):
    return f"{n:,.0f} /s"


def take_turns(rounds, *measures):
    """Takes turns of the measures; returns a list of results for each."""
    results = [[] for _ in measures]
    for _ in range(rounds):
        for result, measure in zip(results, measures):
            result.append(measure())
    return results


def memory(pid):
    """Returns private dirty and resident memory in KiB."""
    with open(f"/proc/{pid}/smaps_rollup") as file:
        fields = dict(line.split(":", 1) for line in list(file)[1:])
    return int(fields["Private_Dirty"].split()[0]), int(fields["Rss"].split()[0])


def wake_ups(pid):
    with open(f"/proc/{pid}/status") as file:
        for line in file:
            if line.startswith("voluntary_ctxt_switches:"):
                return int(line.split()[1])
    raise Failed("the kernel does not count context switches")


def measure_size(stage, table, daemon):
    floor = stage.serve([stage.program("bench/bare-process")], None)
    dirty, resident = memory(daemon.process.pid)
    floor_dirty, floor_resident = memory(floor.pid)
    table.add("idle, registered: private dirty memory", kibibytes, dirty, floor_dirty, most=1.5)
    table.add("idle, registered: resident memory", kibibytes, resident, floor_resident, most=1.5)


def measure_wake_ups(table, daemon, seconds):
    before = wake_ups(daemon.process.pid)
    time.sleep(seconds)
    woken = wake_ups(daemon.process.pid) - before
    table.add(f"idle, registered: wake-ups in {seconds} s", str, woken, 0, limit=0)


def measure_start(stage, table, daemon, size, rounds, runs):
    """The daemon must be stopped; its state is that of a registered appliance."""
    program = stage.program("bench/time-start")
    path = f"{stage.directory('start')}/socket"
    floor = [stage.program("bench/bare-process"), path, str(size)]

    def time_start(at, command):
        return statistics.median(stage.output([program, str(runs), at, *command]))

    measured, bare = take_turns(
        rounds, lambda: time_start(daemon.socket, [*daemon.command, "--log-level", "error"]),
        lambda: time_start(path, floor))
    table.add("exec to first answered GetStatus", milliseconds, statistics.median(measured) / 1e9,
              statistics.median(bare) / 1e9, most=1.5)


def measure_command(stage, table, daemon, rounds, runs):
    program = stage.program("bench/time-command")

    def time_command(*command):
        return statistics.median(stage.output([program, str(runs), *command]))

    measured, bare = take_turns(
        rounds, lambda: time_command(stage.program("trctl"), "--socket", daemon.socket, "status"),
        lambda: time_command(stage.program("bench/bare-client"), daemon.socket))
    table.add("whole command: trctl status", milliseconds, statistics.median(measured) / 1e9,
              statistics.median(bare) / 1e9, most=1.3)


def measure_socket(stage, table, cloud, daemon, size, quick):
    rounds, calls = (3, 5000) if quick else (20, 20000)
    load = local_socket.Load(stage, table, daemon, size, rounds)
    local_socket.measure_calls(load, size, a_second, microseconds, calls)
    attacked = local_socket.Load(stage, table, daemon, size, max(3, rounds // 4))
    for kind, what, bound in local_socket.ATTACKS:
        local_socket.measure_attack(attacked, microseconds, calls, kind, what, bound)
    many = local_socket.daemon_for_many(stage, cloud)
    size = len(many.status_text()) + 1
    local_socket.measure_idle_connections(many, table, lambda pid: memory(pid)[0], byte_count)
    load = local_socket.Load(stage, table, many, size, max(3, rounds // 2))
    local_socket.measure_many(load, milliseconds, 5 * calls, 50)
    many.stop()


def measure_methods(stage, table, cloud, runs):
    daemon = Daemon(stage, cloud).start()
    daemon.enable()
    daemon.register()
    methods.measure(table, daemon, microseconds, runs)
    daemon.stop()
    attacked = Daemon(stage, cloud).start()
    worst_users.measure(table, attacked, milliseconds, runs)
    attacked.stop()


def measure_registration(stage, table, cloud, runs):
    daemon = Daemon(stage, cloud).start()
    daemon.enable()
    directory = stage.directory("saves")
    worker, bare, whole, saving = (
        [statistics.median(column) for column in zip(*results)] for results in take_turns(
            runs, lambda: registration.run_worker(stage, cloud), lambda: registration.run_bare(stage, cloud),
            lambda: registration.run_daemon(daemon), lambda: registration.run_bare(stage, cloud, directory)))
    daemon.stop()
    table.add("one registration, worker: wall", milliseconds, worker[0], bare[0], most=1.3)
    table.add("one registration, worker: CPU", milliseconds, worker[1], bare[1], most=1.3)
    # The daemon saves each step before the next one; so does this floor, except in the last row.
    table.add("one registration, daemon, saved: wall", milliseconds, whole[0], saving[0], most=1.3)
    table.add("one registration, daemon, saved: CPU", milliseconds, worker[1] + whole[1], saving[1], most=1.3)
    table.add("the same; the floor saves nothing: wall", milliseconds, whole[0], bare[0], most=1.3)


def measure_ending(stage, table, cloud, runs):
    table.add("SIGTERM to exit: idle, registered", milliseconds,
              statistics.median(ending.measure_idle(stage, cloud, runs)), limit=0.01)
    for step, taken in ending.measure_steps(stage, cloud):
        table.add(f"SIGTERM to exit: during {step}", milliseconds, taken, limit=1)


def measure_herd(stage, table):
    """Simulates a fleet in virtual time; the floor is an equal number of appliances evenly spread."""
    for what, kind, seconds, aim in (
            ("back after an outage of 1 h", "outage", 3600, 1.5), ("back after an outage of 24 h", "outage", 86400, 1.5),
            ("all start in one second", "power", 0, 1.5), ("the same, cloud away for 1 h", "power", 3600, 1.5),
            ("the same, cloud away for 10 min", "power", 600, 1.5),
            ("back after an outage of 1 min", "outage", 60, 1.5), ("back after an outage of 10 min", "outage", 600, 1.5),
            ("back after an outage of 15 min", "outage", 900, 1.5),
            ("back at a common date, 10 min away", "date", 600, 1.5),
            ("back at a common date, 1 h away", "date", 3600, 1.5),
            ("back at a common date, 24 h away", "date", 86400, 1.5)):
        peak, even, _ = stage.output([stage.program("bench/herd"), kind, str(seconds)])
        table.add(f"100,000 {what}: peak", a_second, peak, even, most=aim)


def measure(stage, quick):
    cloud = Cloud(stage)
    daemon = Daemon(stage, cloud).start()
    daemon.enable()
    daemon.register()
    size = len(daemon.status_text()) + 1

    table = Table()
    measure_size(stage, table, daemon)
    measure_wake_ups(table, daemon, 3 if quick else 30)
    measure_socket(stage, table, cloud, daemon, size, quick)
    measure_methods(stage, table, cloud, 100 if quick else 2000)
    measure_command(stage, table, daemon, 3 if quick else 20, 20 if quick else 40)
    recognition.measure(stage, table, daemon, (a_second, milliseconds), 5 if quick else 25)
    others.measure(stage, table, daemon, size, (a_second, milliseconds), quick)
    daemon.stop()
    measure_start(stage, table, daemon, size, 3 if quick else 20, 5 if quick else 10)
    measure_registration(stage, table, cloud, 5 if quick else 25)
    measure_ending(stage, table, cloud, 3 if quick else 10)
    distant.measure(stage, table, Cloud(stage), milliseconds, 1 if quick else 5)
    measure_herd(stage, table)


def become_root():
    """Only root, or the root of the user namespace that a process was started in, may read the memory of one that
    can't be dumped."""
    inside = ["unshare", "--user", "--map-root-user"]
    if os.geteuid() != 0 and subprocess.run([*inside, "true"], stderr=subprocess.DEVNULL).returncode == 0:
        os.execvp(inside[0], [*inside, sys.executable, *sys.argv])


def main():
    parser = argparse.ArgumentParser(description="Measures speed and size, each figure beside its floor.")
    parser.add_argument("build", help="the build directory")
    parser.add_argument("--quick", action="store_true", help="fewer runs, for a glance")
    arguments = parser.parse_args()

    become_root()
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    try:
        # Pages of programs that were just built count as dirty memory until they are on disk.
        os.sync()
        with Stage(arguments.build) as stage:
            measure(stage, arguments.quick)
    except (Failed, OSError, subprocess.SubprocessError) as error:
        print(f"bench: a measurement could not be taken: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
