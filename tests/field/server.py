"""Foreign servers: where their programs are, and how one runs for a test. None runs longer than its test."""

import itertools
import os
import shutil
import socket
import subprocess

from support import programs

# What `make check-field` has unpacked, since an installed package would start its service.
ROOT = programs.BUILD / "field" / "root"


def find_program(name):
    """Returns the path of a program that was unpacked, or else is installed."""
    folders = [str(ROOT / "usr" / "sbin"), str(ROOT / "usr" / "bin"), "/usr/sbin", "/usr/bin"]
    path = shutil.which(name, path=os.pathsep.join(folders))
    assert path, f"{name} is missing: run make check-field"
    return path


def find_file(path):
    """Returns a file of a package that was unpacked, or else is installed."""
    unpacked = ROOT / path.lstrip("/")
    return unpacked if unpacked.exists() else path


def environment(**more):
    libraries = [str(path) for path in sorted((ROOT / "usr" / "lib").glob("*-linux-gnu"))]
    libraries += [str(path) for path in sorted((ROOT / "lib").glob("*-linux-gnu"))]
    return programs.environment(LD_LIBRARY_PATH=os.pathsep.join(libraries), **more)


# Below the ports that the kernel gives to others; tests that run beside each other begin at different ones.
ports = itertools.cycle(range(20000, 32000))
for _ in range(os.getpid() * 97 % 12000):
    next(ports)


def free_port():
    """Returns a port that nobody listens on, and that nobody gets by chance."""
    while True:
        port = next(ports)
        try:
            with socket.create_server(("127.0.0.1", port)):
                return port
        except OSError:
            pass


def listens(pid, port):
    """Whether somebody listens on a TCP port in the network of a process; no connection is made."""
    with open(f"/proc/{pid}/net/tcp", encoding="ascii") as table:
        return any(f":{port:04X}" in line.split()[1] and line.split()[3] == "0A" for line in table.readlines()[1:])


class Server:
    """One foreign server, used as a context: writes its configuration, runs in the foreground, ends with the context.
    A kind of server has configure(), which returns its command."""

    prefix = ()

    def __init__(self, folder, name):
        self.folder = folder / f"{name}-{free_port()}"
        self.folder.mkdir()
        self.log_file = self.folder / "log"
        self.port, self.address = free_port(), "127.0.0.1"
        self.env = {}
        self.process = None

    def configure(self):
        raise NotImplementedError

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text)
        return path

    def log(self):
        return self.log_file.read_text(errors="replace")

    def is_up(self):
        assert self.process.poll() is None, f"{self.process.args} ended with {self.process.returncode}\n{self.log()}"
        return listens(self.process.pid, self.port)

    def __enter__(self):
        command = self.configure()
        with open(self.log_file, "ab") as log:
            self.process = subprocess.Popen(
                [*self.prefix, *programs.bound_to_us(find_program(command[0]), *command[1:])],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=environment(**self.env),
                cwd=self.folder,
            )
        programs.until(self.is_up, f"{command[0]} listens\n{self.log()}")
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(programs.DEADLINE)
