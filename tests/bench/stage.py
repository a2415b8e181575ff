"""The measured programs: sandbox cloud, daemon, and a connection to it. One temporary directory has all their files,
and the end of the stage ends every program that it started."""

import contextlib
import json
import os
import re
import select
import signal
import socket
import subprocess
import tempfile
import time

AGENT = "org.threatresponse.agent."
SERVER = "EUROPE"
HOST = "api.eu.sse.itd.cisco.com"
PATIENCE = 60  # seconds; only a failure takes as long
LIFETIME = 600


UNIT = f"{os.path.dirname(__file__)}/../../systemd/threatresponsed.service"


class Failed(Exception):
    """A measurement could not be taken."""


class Connection:
    """A varlink connection: one JSON object and a NUL byte per message."""

    def __init__(self, channel):
        self.channel = channel
        self.channel.settimeout(PATIENCE)
        self.input = b""

    @classmethod
    def to(cls, path):
        channel = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        channel.connect(path)
        return cls(channel)

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.channel.close()

    def send(self, method, parameters=None, more=False):
        call = {"method": method, "parameters": parameters or {}}
        if more:
            call["more"] = True
        self.channel.sendall(json.dumps(call).encode() + b"\0")

    def receive_text(self):
        while b"\0" not in self.input:
            data = self.channel.recv(65536)
            if not data:
                raise Failed("the connection was closed before the answer came")
            self.input += data
        text, self.input = self.input.split(b"\0", 1)
        return text

    def receive(self):
        reply = json.loads(self.receive_text())
        if "error" in reply:
            raise Failed(f"{reply['error']}: {reply.get('parameters')}")
        return reply["parameters"]

    def call(self, method, parameters=None):
        self.send(method, parameters)
        return self.receive()

    def wait(self, reached):
        """Reads the states of a watch until one is as wanted."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            registration = self.receive()["status"]["registration"]
            if reached(registration):
                return registration
        raise Failed("the awaited state did not come")


def unit_environment():
    """Returns our environment with the daemon's variables of systemd; programs beside the daemon run in it, too."""
    with open(UNIT) as file:
        return dict(os.environ, **dict(re.findall(r"^Environment=([^=]+)=(.*)$", file.read(), re.MULTILINE)))


def stop(process):
    """Ends a process by SIGTERM; returns the seconds that it took."""
    end = os.pidfd_open(process.pid)
    try:
        poll = select.poll()
        poll.register(end, select.POLLIN)
        begin = time.perf_counter()
        process.send_signal(signal.SIGTERM)
        ended = poll.poll(PATIENCE * 1000)
        taken = time.perf_counter() - begin
    finally:
        os.close(end)
    if not ended:
        process.kill()
    process.wait()
    if process.returncode != 0:
        raise Failed(f"{process.args[0]} ended with {process.returncode} on SIGTERM")
    return taken


def is_listening(path):
    """Whether a socket takes connections: its file is there a moment earlier."""
    try:
        Connection.to(path).channel.close()
    except (FileNotFoundError, ConnectionRefusedError):
        return False
    return True


class Cloud:
    """A sandbox cloud of its own."""

    def __init__(self, stage, *options):
        self.program = stage.program("trsandbox")
        self.directory = stage.directory("cloud")
        with open(f"{self.directory}.log", "wb") as log:
            self.process = subprocess.Popen(
                [self.program, "--directory", self.directory, "--lifetime", str(LIFETIME), *options],
                stdout=subprocess.PIPE, stderr=log)
        stage.callback(self.end)
        if b"ready" not in self.process.stdout.readline():
            raise Failed(f"trsandbox does not start: {open(f'{self.directory}.log').read()}")
        self.configuration = f"{self.directory}/threatresponsed.conf"
        self.ca_file = f"{self.directory}/tls-ca.pem"
        with open(self.configuration) as file:
            self.connect_to = re.findall(r'"([^"]+:443:[^"]+)"', file.read())

    def end(self):
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()

    def run(self, verb, *arguments):
        return subprocess.run([self.program, verb, "--directory", self.directory, *arguments], check=True,
                              capture_output=True, text=True).stdout.strip()

    def token(self):
        return self.run("token", "--region", SERVER)

    @contextlib.contextmanager
    def holding(self, endpoint):
        """Holds all requests to the endpoint meanwhile."""
        self.run("fault", "set", endpoint, "delay", str(PATIENCE))
        try:
            yield
        finally:
            self.run("fault", "clear")


class Daemon:
    """A daemon with a state directory of its own, for one cloud. configuration: a file in place of the cloud's."""

    def __init__(self, stage, cloud, timing="", api="", configuration=None):
        self.stage = stage
        self.cloud = cloud
        self.directory = stage.directory("daemon")
        self.socket = f"{self.directory}/socket"
        self.process = None
        os.mkdir(f"{self.directory}/state")
        with open(configuration or cloud.configuration) as file, open(f"{self.directory}/conf", "w") as copy:
            copy.write(file.read() + (f"timing = {{ {timing} }};\n" if timing else ""))
            copy.write(f"api = {{ {api} }};\n" if api else "")
        self.command = [stage.program("threatresponsed"), "--config", f"{self.directory}/conf",
                        "--state-directory", f"{self.directory}/state", "--socket", self.socket]
        stage.callback(self.end)

    def end(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def start(self, *options):
        with open(f"{self.directory}/log", "ab") as log:
            self.process = subprocess.Popen([*self.command, *options], stderr=log, env=unit_environment())
        end = time.monotonic() + PATIENCE
        while not is_listening(self.socket):
            if self.process.poll() is not None or time.monotonic() > end:
                raise Failed(f"threatresponsed does not start: {open(f'{self.directory}/log').read()}")
            time.sleep(0.01)
        return self

    def stop(self):
        return stop(self.process)

    def connect(self):
        return Connection.to(self.socket)

    def watch(self):
        connection = self.connect()
        connection.send(AGENT + "GetStatus", more=True)
        return connection

    def call(self, method, parameters=None):
        with self.connect() as connection:
            return connection.call(AGENT + method, parameters)

    def status_text(self):
        """Returns the reply of GetStatus as bytes."""
        with self.connect() as connection:
            connection.send(AGENT + "GetStatus")
            return connection.receive_text()

    def enable(self):
        self.call("Stage", {"enabled": True, "server": SERVER})
        self.call("Commit")

    def register(self):
        """Registers; returns the seconds from the call until a watcher saw the end."""
        token = self.cloud.token()
        with self.watch() as watch, self.connect() as connection:
            watch.receive()
            begin = time.perf_counter()
            connection.call(AGENT + "Register", {"token": token})
            watch.wait(lambda registration: registration["state"] == "registered")
            return time.perf_counter() - begin

    def deregister(self):
        with self.watch() as watch, self.connect() as connection:
            connection.call(AGENT + "Deregister")
            watch.wait(lambda registration: registration["state"] == "unregistered")

    def cpu_seconds(self):
        """Returns the processor time of the daemon alone, by the clock of clock_getcpuclockid(3)."""
        return time.clock_gettime((~self.process.pid << 3) | 2)


class Stage(contextlib.ExitStack):
    """The temporary directory, and the programs in it, which end in reverse order."""

    def __init__(self, build):
        super().__init__()
        self.build = os.path.abspath(build)
        self.root = self.enter_context(tempfile.TemporaryDirectory(prefix="trbench-"))
        self.count = 0

    def program(self, name):
        path = f"{self.build}/{name}"
        if not os.access(path, os.X_OK):
            raise Failed(f"there is no program {path}; \"make bench\" builds it")
        return path

    def directory(self, name):
        self.count += 1
        path = f"{self.root}/{name}{self.count}"
        os.mkdir(path)
        return path

    def serve(self, command, path):
        """Starts a server and waits for its socket, or for its start if it has none."""
        process = subprocess.Popen(command, env=unit_environment())

        def end():
            process.terminate()
            process.wait()

        self.callback(end)
        while path and not os.path.exists(path):
            if process.poll() is not None:
                raise Failed(f"{command[0]} does not start")
            time.sleep(0.01)
        time.sleep(0.1)
        return process

    def output(self, command):
        """Returns the numbers that a program prints, one a line."""
        result = subprocess.run(command, stdout=subprocess.PIPE, text=True)
        if result.returncode != 0:
            raise Failed(f"{command[0]} ended with {result.returncode}")
        return [int(line) for line in result.stdout.split()]
