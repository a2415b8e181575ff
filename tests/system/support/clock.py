"""Moves the clocks of an agent and its workers; see stepped-clock.c."""

import struct

from support import programs

SUSPENDED = 1
DAY = 86400
YEAR = 365 * DAY


class Clock:
    """Starts an agent whose clocks are ahead of the machine's by the times of step() and suspend()."""

    def __init__(self, agent):
        self.agent = agent
        self.path = agent.folder / "clock"
        self.offsets = [0, 0]
        self.path.write_bytes(bytes(16))

    def _write(self):
        with open(self.path, "r+b") as file:
            file.write(struct.pack("=qq", *self.offsets))

    def step(self, seconds):
        """Sets how far the wall clock is ahead of the right time."""
        self.offsets[0] = int(seconds)
        self._write()

    def suspend(self, seconds):
        """Lets the machine sleep for a time; the right time goes on meanwhile."""
        self.offsets[0] += int(seconds)
        self.offsets[SUSPENDED] += int(seconds)
        self._write()

    def start(self):
        preload = {
            "LD_PRELOAD": programs.program("system/support/stepped-clock.so"),
            "CLOCK_OFFSETS": str(self.path),
            # The sanitizer accepts a library that is loaded before its own.
            "ASAN_OPTIONS": "detect_leaks=0:verify_asan_link_order=0",
        }
        assignments = "\n".join(f"export {name}='{value}'" for name, value in preload.items())
        worker = self.agent.folder / "worker"
        # The daemon passes on little of its environment.
        worker.write_text(f"#!/bin/sh\n{assignments}\nexec {programs.program('threatresponse-worker')}\n")
        worker.chmod(0o755)
        self.agent.config.write(worker__address=str(worker))
        self.agent.start(env=preload)
