#!/usr/bin/python3
"""Kills the daemon, and separately the worker, at every system call that writes, renames, links, syncs, unlinks or
sends, in a whole life of an appliance: commit, registration, renewal, deregistration. Lets the same calls fail, for
once and for good, with a full disk and with an I/O error, and takes all writes and sends in small pieces. After each
the appliance has to reach the right end. Prints what was tried and what survived; the exit code is 1 if anything did
not."""

import argparse
import collections
import os
import shutil
import sys
import tempfile
import time
import traceback
from pathlib import Path

ERRORS = ("ENOSPC", "EIO")
SHORT = (1, 2, 3, 17, 512, 4095)
ROW = "{:<45} {:>7} {:>7} {:>9} {:>8}"


def plan(broken):
    """The runs of each phase, as (what, method of Broken, arguments after the phase)."""
    plans = {}
    for phase in phases.PHASES:
        before, during = broken.undisturbed(phase())
        tracing.saves(broken.trace)
        # The start is the same in each phase: its calls are broken in the first one only.
        plans[phase] = plan_daemon(during if plans else before + during)
    for phase, queue in plans.items():
        if phase is phases.Commit:
            quietly(broken, phase())
        else:
            for at in broken.trace_worker(phase()):
                queue += [("worker killed", "kill_worker", at), ("worker: EIO once", "fail_worker_once", at, "EIO")]
        queue += [("short writes", "shorten", size) for size in SHORT]
    return plans


def plan_daemon(points):
    queue = [("daemon killed", "kill_daemon", at) for at in points]
    for error in ERRORS:
        for at in points:
            if at.syscall not in tracing.SENDING:
                queue.append((f"daemon: {error} once", "fail_daemon_once", at, error))
                queue.append((f"daemon: {error} for good", "fail_daemon_for_good", at, error))
    return queue


def quietly(broken, phase):
    """A phase with nothing broken."""
    agent = broken.agent
    phase.begin(agent)
    agent.start()
    assert phase.ask(agent)
    phase.settle(agent, True)
    assert agent.stop() == 0


class Result:
    def __init__(self):
        self.tried = self.reached = self.survived = 0
        self.seconds = 0.0


class Campaign:
    """Appliances in a folder; a new one after each that did not survive."""

    def __init__(self, folder):
        self.folder = folder
        self.lives = 0
        self.results = collections.defaultdict(Result)
        self.failures = []
        self.broken = self.cloud = None
        self.renew()

    def renew(self):
        self.close()
        place = self.folder / f"life-{self.lives}"
        self.lives += 1
        place.mkdir()
        self.cloud = Cloud(place / "cloud")
        self.cloud.start("--lifetime", "7200")
        self.broken = runs.life(place, self.cloud, Agent)

    def close(self):
        if self.broken:
            self.broken.abandon()
        if self.cloud:
            self.cloud.stop()

    def run(self, limit):
        """All phases, round by round: each round is one life with one thing broken in each phase. limit: at most so
        many rounds, evenly spread over all points."""
        plans = plan(self.broken)
        rounds = max(len(queue) for queue in plans.values())
        for queue in plans.values():
            if limit and len(queue) > limit:
                queue[:] = [queue[at * len(queue) // limit] for at in range(limit)]
        for at in range(min(rounds, limit or rounds)):
            for phase, queue in plans.items():
                if at < len(queue):
                    self.try_one(phase, *queue[at])
                else:
                    quietly(self.broken, phase())
        return not self.failures

    def try_one(self, phase, what, method, *arguments):
        result = self.results[f"{phase.name}: {what}"]
        begun = time.monotonic()
        result.tried += 1
        try:
            result.reached += bool(getattr(self.broken, method)(phase(), *arguments))
            result.survived += 1
        except Exception:
            text = traceback.format_exc()
            self.failures.append(f"{phase.name}: {what}: {method}{arguments}\n{text}\n{self.trace_end()}")
            print(f"NOT SURVIVED {self.failures[-1]}", flush=True)
            self.renew()
            for passed in phases.PHASES[: phases.PHASES.index(phase) + 1]:
                quietly(self.broken, passed())
        result.seconds += time.monotonic() - begun

    def trace_end(self):
        lines = self.broken.trace.read_text(errors="replace").splitlines() if self.broken.trace.exists() else []
        place = phases.describe(self.broken.agent)
        return "\n".join(line[:200] for line in lines[-12:]) + "\n" + place

    def report(self):
        print(ROW.format("what was broken", "tried", "reached", "survived", "seconds"))
        total = Result()
        for name in sorted(self.results):
            result = self.results[name]
            print(ROW.format(name, result.tried, result.reached, result.survived, f"{result.seconds:.1f}"))
            for member in ("tried", "reached", "survived", "seconds"):
                setattr(total, member, getattr(total, member) + getattr(result, member))
        print(ROW.format("all", total.tried, total.reached, total.survived, f"{total.seconds:.1f}"), flush=True)


def main():
    parser = argparse.ArgumentParser(description="Breaks an appliance at every system call that counts.")
    parser.add_argument("build", help="the build directory")
    parser.add_argument("--rounds", type=int, help="a sample: so many points of each phase (default: all)")
    arguments = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="crash-"))
    try:
        campaign = Campaign(folder)
        try:
            good = campaign.run(arguments.rounds)
            campaign.report()
        finally:
            campaign.close()
    finally:
        shutil.rmtree(folder)
    return 0 if good else 1


if __name__ == "__main__":
    if len(sys.argv) > 1:
        os.environ["BUILD"] = sys.argv[1]
    sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "system"))

import phases  # noqa: E402
import runs  # noqa: E402
import tracing  # noqa: E402
from support.agent import Agent  # noqa: E402
from support.cloud import Cloud  # noqa: E402

if __name__ == "__main__":
    sys.exit(main())
