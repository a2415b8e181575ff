"""One run of a phase with one thing broken, by daemon or worker; each leaves the appliance at the phase's right end."""

import contextlib
import os
import signal
from pathlib import Path

import phases
import tracing
from support import programs

# strace and the sanitizers' leak check both want to trace.
NO_LEAK_CHECK = {"ASAN_OPTIONS": ":".join(filter(None, [os.environ.get("ASAN_OPTIONS"), "detect_leaks=0"]))}

WORDS = {"ENOSPC": "No space left on device", "EIO": "Input/output error"}

WORKER = """#!/bin/sh
# The first worker after the file was written is started behind what is in it.
if mv {order} {order}.taken 2>/dev/null; then . {order}.taken; fi
exec {worker} "$@"
"""


def assignments(environment):
    return [f"{name}={value}" for name, value in environment.items()]


class Broken:
    """Runs phases of one agent, whose daemon is stopped before and after each."""

    def __init__(self, agent):
        self.agent = agent
        self.trace = agent.folder / "trace"
        self.order = agent.folder / "order"
        worker = agent.folder / "worker"
        worker.write_text(WORKER.format(order=self.order, worker=programs.program("threatresponse-worker")))
        worker.chmod(0o755)
        agent.config.write(worker__address=str(worker))

    def start(self, *injections):
        """Starts the traced daemon; True if it lives and answers."""
        agent = self.agent
        self.trace.unlink(missing_ok=True)
        agent.process = agent.spawn(prefix=tracing.command(self.trace, *injections), env=NO_LEAK_CHECK)
        return programs.until(self._is_up, f"the daemon answers or ends\n{agent.log()}") == "up"

    def _is_up(self):
        agent = self.agent
        if agent.process.poll() is not None:
            return "ended"
        try:
            with agent.connect() as connection:
                connection.call("GetStatus")
                agent.pid = connection.peer_pid()
                return "up"
        except phases.GONE:
            return None

    def ask(self, phase):
        """Whether the phase was accepted; None if the daemon went away before it answered."""
        try:
            return phase.ask(self.agent)
        except phases.GONE:
            return None

    def wait(self, phase, blocked=lambda: False):
        """Waits until the daemon has ended, or the phase is done, or blocked: True if it is done. Looks at the disk
        only, so that looking changes nothing in the trace."""
        ends = (lambda: self.agent.process.poll() is not None, lambda: phase.is_done(self.agent), blocked)
        try:
            programs.until(lambda: any(end() for end in ends), f"the {phase.name} ends")
        except AssertionError as error:
            raise AssertionError(f"{error}\n{phases.describe(self.agent)}") from None
        return phase.is_done(self.agent)

    def end(self, number=signal.SIGTERM):
        """Ends the daemon, if it has not ended; its exit code."""
        agent = self.agent
        if agent.process.poll() is None:
            # The tracer ends a moment after the daemon.
            with contextlib.suppress(ProcessLookupError):
                os.kill(agent.pid, number)
        code = agent.process.wait(programs.DEADLINE)
        agent.process = agent.pid = None
        return code

    def abandon(self):
        """Kills a daemon, which would outlive its tracer."""
        agent = self.agent
        if agent.process and agent.process.poll() is None:
            if agent.pid:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(agent.pid, signal.SIGKILL)
            agent.process.terminate()
            agent.process.wait(programs.DEADLINE)
        agent.process = agent.pid = None

    def settle(self, phase, accepted):
        """The disk is whole, and after a restart the phase reaches its end."""
        phases.assert_whole(self.agent)
        self.agent.start()
        phase.settle(self.agent, bool(accepted))
        assert self.agent.stop() == 0

    # The daemon

    def undisturbed(self, phase):
        """Runs the phase undisturbed, to the end of the daemon; returns the points of its start and the later ones."""
        phase.begin(self.agent)
        assert self.start()
        started = len(tracing.points(self.trace))
        assert self.ask(phase)
        assert self.wait(phase)
        assert self.end() == 0
        found = tracing.points(self.trace)
        self.settle(phase, True)
        return found[:started], found[started:]

    def kill_daemon(self, phase, point):
        phase.begin(self.agent)
        accepted = None
        if self.start(tracing.kill_at(point)):
            accepted = self.ask(phase)
            self.wait(phase)
        code = self.end()
        hit = code == -signal.SIGKILL
        assert hit or code == 0, f"the daemon ended with {code}"
        self.settle(phase, accepted)
        return hit

    def fail_daemon_once(self, phase, point, error):
        """The call fails once: the daemon logs that and recovers by itself, without a restart."""
        agent = self.agent
        phase.begin(agent)
        logged = len(agent.log())
        if not self.start(tracing.fail_at(point, error)):
            return self.settle_refused_start(phase, agent.log()[logged:], error)
        accepted = self.ask(phase)
        refused = accepted is False
        if refused:
            assert self.ask(phase), "the fault is gone, but the call was refused again"
        assert self.wait(phase), "the daemon ended"
        assert self.end() == 0
        hit = tracing.injected(self.trace)
        if any(tracing.is_part_of_a_save(*call) for call in hit):
            self.assert_told(refused, agent.log()[logged:], error)
        self.settle(phase, True)
        return bool(hit)

    def assert_told(self, refused, log, error):
        assert f"Can't write {self.agent.state_file}: {WORDS[error]}." in log, log
        assert refused or ": state_io: " in log, log

    def settle_refused_start(self, phase, log, error):
        """A daemon that can't start because of the fault says so, and starts without the fault."""
        assert self.end() == 1
        assert log == f"Can't use the state directory {self.agent.state_directory}: {WORDS[error]}\n"
        self.settle(phase, False)
        return True

    def fail_daemon_for_good(self, phase, point, error):
        """The call fails from then on: the state on disk stays the old one; after a restart without the fault all is
        well."""
        agent = self.agent
        phase.begin(agent)
        logged = len(agent.log())
        if not self.start(tracing.fail_at(point, error, for_good=True)):
            return self.settle_refused_start(phase, agent.log()[logged:], error)
        accepted = self.ask(phase)
        if accepted:
            self.wait(phase, lambda: self.is_stuck(phase))
        self.assert_disk_is_memory()
        self.end(signal.SIGKILL)
        hit = tracing.injected(self.trace)
        self.settle(phase, accepted)
        return bool(hit)

    def is_stuck(self, phase):
        return self.agent.registration().get("lastFailure", {}).get("reason") == "state_io" or phase.is_done(self.agent)

    def assert_disk_is_memory(self):
        """The daemon shows the saved state."""
        agent = self.agent
        with agent.connect() as connection:
            shown = connection.call("GetStatus")["status"]
        saved, registration = agent.state(), shown["registration"]
        kept = saved["registration"]
        phases.assert_whole(agent)
        assert shown["revision"] == saved["settings"]["revision"]
        assert registration["state"] == kept["state"]
        assert registration.get("guid") == kept.get("guid")
        assert registration.get("certificate", {}).get("serial") == kept.get("certificateInfo", {}).get("serial")
        if registration["state"] in ("registering", "deregistering"):
            assert registration["step"] == kept["step"]

    # The worker

    def order_worker(self, prefix):
        """Puts these words before the command of the next worker. Its process may be another one than the daemon
        started; LISTEN_PID has to be its own."""
        self.trace.unlink(missing_ok=True)
        words = " ".join(f"'{word}'" for word in prefix)
        worker = programs.program("threatresponse-worker")
        self.order.write_text(f"exec {words} /bin/sh -c 'LISTEN_PID=$$ exec {worker} \"$@\"' worker \"$@\"\n")

    def trace_worker(self, phase, *injections):
        """Runs the phase with its first worker traced: whatever happens to the worker, the daemon goes on by itself."""
        phase.begin(self.agent)
        self.order_worker(["/usr/bin/env", *assignments(NO_LEAK_CHECK), *tracing.command(self.trace, *injections)])
        self.agent.start()
        assert phase.ask(self.agent)
        assert self.wait(phase)
        self.agent.wait_for(lambda r: not r["running"], "nothing runs")
        assert self.agent.stop() == 0
        found = tracing.points(self.trace)
        self.settle(phase, True)
        return found

    def kill_worker(self, phase, point):
        return point in self.trace_worker(phase, tracing.kill_at(point))

    def fail_worker_once(self, phase, point, error):
        return point in self.trace_worker(phase, tracing.fail_at(point, error))

    # Short writes

    def shorten(self, phase, size):
        """Limits every write and send of daemon and worker to a number of bytes."""
        phase.begin(self.agent)
        library = Path(programs.program("crash/short-writes.so"))
        preload = {"LD_PRELOAD": library, "SHORT_WRITES": str(size), **NO_LEAK_CHECK}
        preload["ASAN_OPTIONS"] += ":verify_asan_link_order=0"
        self.order_worker(["/usr/bin/env", *assignments(preload)])
        self.agent.start(env=preload)
        assert phase.ask(self.agent)
        assert self.wait(phase)
        self.agent.wait_for(lambda r: not r["running"], "nothing runs")
        assert self.agent.stop() == 0
        self.settle(phase, True)
        return True


def life(folder, cloud, agent_class):
    """A Broken agent, enabled for EUROPE and unregistered: where the first phase begins."""
    agent = agent_class(folder, cloud)
    broken = Broken(agent)
    agent.start()
    agent.enable("EUROPE")
    assert agent.stop() == 0
    return broken
