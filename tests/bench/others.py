"""The daemon beside comparable programs, where they are installed: the same client asks redis on a UNIX socket for the
bytes of GetStatus, and the status commands of chrony and lldpd run from start to end. Each is an instance of its own in
the temporary directory, without a network."""

import contextlib
import os
import shutil
import socket
import statistics
import subprocess
import tempfile
import time

from stage import PATIENCE, Failed

# Debian's folders of programs for administrators.
PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
# A bulk reply: its length, the value, and the bytes around both.
GET = "*2\r\n$3\r\nGET\r\n$1\r\nk\r\n"


class Missing(Exception):
    """A program for the comparison is missing."""


def find(*names):
    """Returns the paths of programs."""
    found = [shutil.which(name, path=PATH) for name in names]
    if not all(found):
        raise Missing(f"{names[0]} is not installed")
    return found


@contextlib.contextmanager
def running(command, path, log):
    """Runs a server; the context begins when its socket is there."""
    with open(log, "wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output)
    try:
        end = time.monotonic() + PATIENCE
        while not os.path.exists(path):
            if process.poll() is not None:
                raise Missing(f"{os.path.basename(command[0])} does not start here")
            if time.monotonic() > end:
                raise Failed(f"{command[0]} makes no socket")
            time.sleep(0.01)
        time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.wait()


def without_network(command):
    """Returns the prefix of a network namespace, which needs root."""
    return ["unshare", "--net", *command] if os.geteuid() == 0 else command


def value_for(size):
    """Returns a value whose reply has this number of bytes, one of them NUL."""
    n = size - len(f"${size}\r\n\r\n")
    return b"x" * (n - 1) + b"\0"


@contextlib.contextmanager
def redis(stage, size):
    [server] = find("redis-server")
    directory = stage.directory("redis")
    path = f"{directory}/socket"
    command = [server, "--port", "0", "--unixsocket", path, "--save", "", "--appendonly", "no", "--dir", directory]
    with running(command, path, f"{directory}/log"):
        value = value_for(size)
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as channel:
            channel.connect(path)
            channel.sendall(b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$%d\r\n%s\r\n" % (len(value), value))
            if channel.recv(16) != b"+OK\r\n":
                raise Failed("redis does not keep the value")
        yield path


@contextlib.contextmanager
def chrony(stage):
    server, client = find("chronyd", "chronyc")
    directory = stage.directory("chrony")
    path = f"{directory}/socket"
    os.chmod(directory, 0o750)
    with open(f"{directory}/conf", "w") as file:
        file.write(f"port 0\ncmdport 0\nbindcmdaddress {path}\npidfile {directory}/pid\nlocal stratum 10\n")
    command = without_network([server, "-x", "-d", "-u", "root", "-f", f"{directory}/conf"])
    with running(command, path, f"{directory}/log"):
        yield [client, "-h", path, "tracking"]


@contextlib.contextmanager
def lldp(unused):
    """Runs lldpd. Its client has a user of its own, who must be able to reach the socket."""
    del unused
    server, client = find("lldpd", "lldpcli")
    with tempfile.TemporaryDirectory(prefix="trbench-lldp-") as directory:
        os.chmod(directory, 0o755)
        path = f"{directory}/socket"
        with running(without_network([server, "-d", "-u", path]), path, f"{directory}/log"):
            yield [client, "-u", path, "show", "chassis"]


def measure_redis(stage, table, daemon, size, form, rounds, calls, depths):
    program = stage.program("bench/load-calls")

    def rate(depth, *where):
        taken = stage.output([program, str(calls // depth), str(depth), *where])
        return len(taken) * depth * 1e9 / sum(taken)

    with redis(stage, size) as path:
        for depth in depths:
            ours, theirs = [], []
            for _ in range(rounds):
                ours.append(rate(depth, daemon.socket))
                theirs.append(rate(depth, path, GET))
            table.add(f"GetStatus, {depth} at a time, and redis GET: calls", form, statistics.median(ours),
                      statistics.median(theirs))


def measure_command(stage, table, daemon, other, name, form, rounds, runs):
    program = stage.program("bench/time-command")
    ours, theirs = [], []
    with other(stage) as command:
        for _ in range(rounds):
            for taken, run in (ours, [stage.program("trctl"), "--socket", daemon.socket, "status"]), (theirs, command):
                taken.append(statistics.median(stage.output([program, str(runs), *run])) / 1e9)
    table.add(f"trctl status, and {name}", form, statistics.median(ours), statistics.median(theirs))


def measure(stage, table, daemon, size, forms, quick):
    """forms: of a rate and of a time."""
    rounds = 3 if quick else 10
    for name, run in (
            ("redis GET", lambda: measure_redis(stage, table, daemon, size, forms[0], rounds,
                                                5000 if quick else 20000, (1, 16))),
            ("chronyc tracking", lambda: measure_command(stage, table, daemon, chrony, "chronyc tracking", forms[1],
                                                         rounds, 20)),
            ("lldpcli show chassis", lambda: measure_command(stage, table, daemon, lldp, "lldpcli show chassis", forms[1],
                                                             rounds, 20))):
        try:
            run()
        except Missing as missing:
            table.note(f"beside {name}", str(missing))
