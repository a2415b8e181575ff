#!/usr/bin/python3
"""Lets two appliances live for some minutes as others live for years: certificates of seconds, and everything that
mischief.py has, at random from a seed. Every few seconds the weather clears: then both have to be registered by
themselves, with a certificate that matches, once in the cloud, and without having grown. Prints a line for each of
these calms; the exit code is 1 if anything did not hold."""

import argparse
import collections
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

CERTIFICATE_VALIDITY = 40
COMMITS_KEPT = 100
STORM, PAUSE = 12, 0.15
CALM = 90
# KiB of live memory: the last failure, the newest comment and the like vary in length.
SLACK = 16
# Memory that the allocator may keep beside it.
SLACK_DIRTY = 512
ROW = "{:>7} {:>7} {:>9} {:>9} {:>9} {:>6} {:>8} {:>8}"

Measured = collections.namedtuple("Measured", "live dirty files")


class Soak:
    def __init__(self, folder, seed, minutes):
        self.random = random.Random(seed)
        self.end = time.monotonic() + minutes * 60
        self.cloud = Cloud(folder / "cloud")
        lifetime = int(minutes * 60) + 600
        self.cloud.start("--lifetime", str(lifetime), "--certificate-validity", str(CERTIFICATE_VALIDITY))
        self.agents = [self.make_agent(folder / name) for name in ("steady", "shaken")]
        self.mischief = Mischief(self.random, self.cloud, *self.agents)
        self.steady = self.agents[0].pid
        self.renewals = 0
        self.serials = {}
        self.measured = []

    def make_agent(self, folder):
        folder.mkdir()
        agent = Agent(folder, self.cloud)
        agent.config.write(
            timing__refresh_interval=0.5,
            timing__removal_confirmation=3,
            timing__backoff_cap=0.5,
            api__message_timeout=2,
        )
        agent.start(env={"LD_PRELOAD": programs.program("soak/live-memory.so"), "LIVE_MEMORY": str(folder / "live")})
        # The kept commits take memory; from here on their number is at its limit.
        for number in range(COMMITS_KEPT):
            agent.call("Stage", {"enabled": number % 2 == 0})
            agent.call("Commit", {"comment": "a change of mind"})
        agent.enable()
        return agent

    def run(self):
        print(ROW.format("seconds", "events", "live KiB", "dirty KiB", "RSS KiB", "files", "serials", "revision"), flush=True)
        begun = time.monotonic()
        self.calm()
        while time.monotonic() < self.end:
            stormy = time.monotonic() + STORM
            while time.monotonic() < stormy:
                self.mischief.one()
                self.check_at_any_moment()
                time.sleep(self.random.random() * PAUSE)
            self.calm()
            self.measure(time.monotonic() - begun)
        return self.judge()

    def check_at_any_moment(self):
        """The daemon that is never killed answers, and the disk is whole."""
        assert self.agents[0].process.poll() is None and self.agents[0].pid == self.steady
        for agent in self.agents:
            status = agent.status()
            assert "stateFault" not in status, status["stateFault"]
            phases.assert_whole(agent)
            saved = agent.saved()
            if saved["state"] in ("registered", "deregistering") or saved.get("step") in ("trust", "certificate"):
                assert "token" not in saved
            if (serial := saved.get("certificateInfo", {}).get("serial")) != self.serials.get(agent):
                self.serials[agent] = serial
                self.renewals += serial is not None

    def calm(self):
        """Ends the faults and lets both appliances settle; a person helps only where the agent asks for one."""
        self.mischief.end()
        for agent in self.agents:
            begun = time.monotonic()
            while not self.help(agent):
                self.check_at_any_moment()
                if time.monotonic() > begun + CALM:
                    raise AssertionError(f"it does not settle: {agent.status()}\n{agent.log()[-3000:]}")
                time.sleep(0.05)
            phases.assert_clean(agent)
        expected = {(a.saved()["guid"], a.saved()["certificateInfo"]["serial"]) for a in self.agents}
        found = {(device["guid"], device["certificateSerial"]) for device in self.cloud.devices()}
        assert found == expected and len(found) == 2, (found, expected)

    def help(self, agent):
        """Looks at an agent once; True if it is registered and healthy."""
        status = agent.status()
        registration = status["registration"]
        state, health = registration["state"], registration.get("health")
        if not status["enabled"]:
            agent.call("Stage", {"enabled": True, "server": "EUROPE"})
            agent.call("Commit", {"comment": "good weather"})
        elif state == "unregistered":
            agent.call("Register", {"token": self.cloud.token("EUROPE")})
        elif health == "removed_in_portal":
            agent.call("Deregister")
        elif health == "certificate_expired":
            forget_locally(agent, self.cloud)
        # A renewal whose answer was lost has left a newer certificate in the cloud, until the next attempt.
        return health == "ok" and not registration["running"] and "operation" not in registration and any(
            device.get("certificateSerial") == agent.saved()["certificateInfo"]["serial"]
            for device in self.cloud.devices()
        )

    def measure(self, seconds):
        """Measures the daemon that is never restarted, while no worker runs."""
        agent = self.agents[0]
        for _ in range(200):
            files = len(os.listdir(f"/proc/{self.steady}/fd"))
            if not agent.workers() and (not self.measured or files <= self.measured[0].files):
                break
            time.sleep(0.02)
        with open(f"/proc/{self.steady}/smaps_rollup", encoding="ascii") as file:
            fields = dict(line.split(":", 1) for line in list(file)[1:])
        dirty, resident = (int(fields[name].split()[0]) for name in ("Private_Dirty", "Rss"))
        live = int.from_bytes((agent.folder / "live").read_bytes(), sys.byteorder) // 1024
        self.measured.append(Measured(live, dirty, files))
        events = sum(self.mischief.counts.values())
        revision = agent.status()["revision"]
        print(ROW.format(f"{seconds:.0f}", events, live, dirty, resident, files, self.renewals, revision), flush=True)

    def judge(self):
        third = max(1, len(self.measured) // 3)
        early, late = (
            Measured(*[statistics.median(column) for column in zip(*rows)])
            for rows in (self.measured[:third], self.measured[-third:])
        )
        print("events: " + ", ".join(f"{name} {n}" for name, n in sorted(self.mischief.counts.items())))
        print(f"first third: {early.live:.0f} KiB live, {early.dirty:.0f} KiB dirty, {early.files:.0f} descriptors")
        print(f"last third:  {late.live:.0f} KiB live, {late.dirty:.0f} KiB dirty, {late.files:.0f} descriptors")
        return (
            late.live <= early.live + SLACK and late.dirty <= early.dirty + SLACK_DIRTY and late.files <= early.files
        )

    def close(self):
        for agent in self.agents:
            agent.finish()
        self.cloud.stop()


def become_root():
    """Only root, or the root of the user namespace, may read the memory of a process that can't be dumped."""
    inside = ["unshare", "--user", "--map-root-user"]
    if os.geteuid() != 0 and subprocess.run([*inside, "true"], stderr=subprocess.DEVNULL, check=False).returncode == 0:
        os.execvp(inside[0], [*inside, sys.executable, *sys.argv])


def main():
    parser = argparse.ArgumentParser(description="Lets two appliances live through bad weather.")
    parser.add_argument("build", help="the build directory")
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--seed", type=int, default=None, help="of an earlier run, to try the same again")
    arguments = parser.parse_args()
    become_root()
    seed = random.randrange(1 << 32) if arguments.seed is None else arguments.seed
    print(f"seed {seed}", flush=True)
    folder = Path(tempfile.mkdtemp(prefix="soak-"))
    good = False
    try:
        soak = Soak(folder, seed, arguments.minutes)
        try:
            good = soak.run()
        finally:
            soak.close()
    finally:
        if good:
            shutil.rmtree(folder)
        else:
            print(f"soak: it did not hold; seed {seed}; what is left is in {folder}", file=sys.stderr)
    return 0 if good else 1


if __name__ == "__main__":
    if len(sys.argv) > 1:
        os.environ["BUILD"] = sys.argv[1]
    tests = Path(__file__).resolve().parents[1]
    sys.path[:0] = [str(tests / "system"), str(tests / "crash")]

import phases  # noqa: E402
from mischief import Mischief, forget_locally  # noqa: E402
from support import programs  # noqa: E402
from support.agent import Agent  # noqa: E402
from support.cloud import Cloud  # noqa: E402

if __name__ == "__main__":
    sys.exit(main())
