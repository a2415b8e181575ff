"""The agent under test: threatresponsed with the sandbox's configuration, and trctl to ask it."""

import json
import os
import signal
import subprocess

from support import programs, wire
from support.configuration import Configuration


class Agent:
    """One daemon in a folder of its own."""

    def __init__(self, folder, cloud):
        self.folder = folder
        self.cloud = cloud
        self.state_directory = folder / "state"
        self.state_file = self.state_directory / "state.json"
        self.socket = folder / "agent.sock"
        self.log_file = folder / "daemon.log"
        self.config = Configuration(folder / "agent.conf", cloud.configuration)
        self.config.write(worker__address=programs.program("threatresponse-worker"))
        self.program = "threatresponsed"
        self.process = self.pid = None
        self.codes = []

    # The daemon's life

    def command(self, *options):
        return [
            programs.program(self.program),
            "--config",
            self.config.path,
            "--state-directory",
            self.state_directory,
            "--socket",
            self.socket,
            *options,
        ]

    def spawn(self, *options, prefix=(), env=None, **popen):
        with open(self.log_file, "ab") as log:
            return subprocess.Popen(
                programs.bound_to_us(*prefix, *self.command(*options)),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=programs.environment(**(env or {})),
                **popen,
            )

    def start(self, *options, **more):
        """Starts the daemon and waits until it answers."""
        self.process = self.spawn(*options, **more)
        self.pid = programs.until(self._answering_pid, f"the daemon answers\n{self.log()}")

    def _answering_pid(self):
        assert self.process.poll() is None, f"the daemon ended with {self.process.returncode}\n{self.log()}"
        try:
            with self.connect() as connection:
                connection.call("GetStatus")
                pid = connection.peer_pid()
                # The kernel names the maker of a passed socket, which is this process.
                return self.process.pid if pid == os.getpid() else pid
        except (FileNotFoundError, ConnectionRefusedError):
            return None

    def stop(self, number=signal.SIGTERM):
        """Ends the daemon and returns its exit code."""
        os.kill(self.pid, number)
        code = self.process.wait(programs.DEADLINE)
        self.process = self.pid = None
        return code

    def kill(self):
        return self.stop(signal.SIGKILL)

    def restart(self, *options):
        assert self.stop() == 0
        self.start(*options)

    def hup(self):
        """Makes the daemon reload its configuration and waits for the end of that."""
        before = self.log().count("was reloaded") + self.log().count("was not reloaded")
        os.kill(self.pid, signal.SIGHUP)
        programs.until(
            lambda: self.log().count("was reloaded") + self.log().count("was not reloaded") > before, "a reload"
        )

    def log(self):
        return self.log_file.read_text(errors="replace") if self.log_file.exists() else ""

    def workers(self):
        """The daemon's children, as pids."""
        return programs.children(self.pid)

    def finish(self):
        if self.process:
            if self.pid:
                assert self.stop() == 0, f"the daemon did not end cleanly\n{self.log()}"
            else:
                self.process.kill()
                self.process.wait()
        programs.assert_sane(self.log(), "threatresponsed and its workers")

    # Talking to it

    def connect(self, uid=None):
        return wire.Connection(self.socket) if uid is None else wire.connect_as(uid, str(self.socket))

    def call(self, method, parameters=None, uid=None):
        with self.connect(uid) as connection:
            return connection.call(method, parameters)

    def error(self, method, parameters=None, uid=None):
        """Makes a call that must fail; returns the error's name without the interface, and its parameters."""
        try:
            reply = self.call(method, parameters, uid)
        except wire.Error as error:
            return error.name.rpartition(".")[2], error.parameters
        raise AssertionError(f"{method} was answered with {reply}")

    def error_of_stream(self, method, parameters=None, uid=None):
        """Does so for a method that answers in a stream, whose first reply must be the error."""
        with self.connect(uid) as connection:
            try:
                reply = next(connection.stream(method, parameters))
            except wire.Error as error:
                return error.name.rpartition(".")[2], error.parameters
        raise AssertionError(f"{method} was answered with {reply}")

    def status(self):
        return self.call("GetStatus")["status"]

    def registration(self):
        return self.status()["registration"]

    def ctl(self, *arguments, **options):
        return programs.run(programs.program("trctl"), "--socket", self.socket, *arguments, **options)

    def wait_for(self, predicate, what="a state"):
        """Waits until the registration is as wanted and returns it."""
        with self.connect() as connection:
            seen = {}

            def look():
                seen.update(now=connection.call("GetStatus")["status"]["registration"])
                return predicate(seen["now"])

            try:
                programs.until(look, what)
            except AssertionError as error:
                raise AssertionError(f"{error}\n{json.dumps(seen, indent=1)}\n{self.log()[-3000:]}") from None
            return seen["now"]

    def wait_state(self, state):
        return self.wait_for(lambda r: r["state"] == state and not r["running"], state)

    def wait_step(self, step):
        """Waits until a worker is at a step."""
        return self.wait_for(lambda r: r.get("step") == step and r["running"], f"step {step} runs")

    def wait_failure(self, reason, step=None):
        """Waits until an operation has failed with a reason."""
        return self.wait_for(
            lambda r: r.get("lastFailure", {}).get("reason") == reason
            and step in (None, r["lastFailure"]["step"]),
            f"failure {reason} at {step}",
        )

    # What a person does

    def enable(self, server="EUROPE"):
        self.call("Stage", {"enabled": True, "server": server})
        self.call("Commit", {"comment": "test"})

    def commit_enabled(self, enabled):
        self.call("Stage", {"enabled": enabled})
        self.call("Commit", {"comment": "test"})

    def begin_registration(self, token=None):
        self.call("Register", {"token": token or self.cloud.token(self.status()["server"]["label"])})

    def begin_held_registration(self):
        """Begins a registration whose activation gets no answer; returns while the worker waits for it."""
        self.enable()
        self.cloud.hold("activation")
        self.begin_registration()
        self.wait_step("activation")
        programs.until(lambda: self.cloud.count("POST", "/contexts") == 1, "the worker is at it")

    def register(self, token=None):
        """Registers and returns the registration."""
        if not self.status()["enabled"]:
            self.enable()
        self.begin_registration(token)
        return self.wait_state("registered")

    def state(self):
        """Returns the saved state. A file with zeros is an old one: the daemon has replaced and overwritten it."""

        def read():
            text = self.state_file.read_text()
            return None if "\0" in text else text

        return json.loads(programs.until(read, "a state without zeros"))

    def saved(self):
        return self.state()["registration"]
