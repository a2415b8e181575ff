"""Limits of one client's claims on memory and time; the others are answered meanwhile."""

import contextlib
import os
import resource
import select
import signal
import subprocess
import time

import pytest

from support import programs, wire
from support.wire import AGENT, Closed, encode

GET_STATUS = encode(f"{AGENT.name}.GetStatus")
MANY = 100_000
VALUES_MAX = 1024
DEPTH_MAX = 16


# Lets a sanitizer give freed memory back at once.
LEAN = {"ASAN_OPTIONS": "quarantine_size_mb=0:thread_local_quarantine_size_kb=0:allocator_release_to_os_interval_ms=100"}


def memory(pid, field="RssAnon"):
    """Returns a field of /proc/PID/status in bytes."""
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith(f"{field}:"))


def send_what_fits(connection, call):
    """Sends calls until the daemon has stopped reading and the socket takes no more; returns the number of bytes."""
    sent, data = 0, call * 1000
    connection.socket.setblocking(False)
    while True:
        try:
            sent += connection.socket.send(data[sent % len(call) :])
        except BlockingIOError:
            if not select.select([], [connection.socket], [], 0.2)[1]:
                connection.socket.settimeout(programs.DEADLINE)
                return sent


class Bystander:
    """Another client, on a connection that it already has and on new ones."""

    def __init__(self, agent):
        self.agent = agent
        self.connection = agent.connect()

    def ask(self):
        assert self.connection.call("GetStatus")["status"]["version"]
        assert self.agent.call("ListServers")["servers"]


@pytest.fixture(name="agent")
def make_agent(idle):
    idle.start(env=LEAN)
    return idle


@pytest.fixture(name="bystander")
def make_bystander(agent):
    bystander = Bystander(agent)
    yield bystander
    bystander.ask()
    bystander.connection.close()


# One message


@pytest.mark.parametrize("depth, name", [(DEPTH_MAX, "InvalidParameter"), (DEPTH_MAX + 1, None)])
def test_nesting(agent, bystander, depth, name):
    """The message is the first level, its parameters are the second."""
    nested = b'{"a":' * (depth - 2) + b"{}" + b"}" * (depth - 2)
    call = b'{"method":"org.threatresponse.agent.GetStatus","parameters":' + nested + b"}\0"
    with agent.connect() as connection:
        connection.send(call)
        if name:
            assert connection.receive()["error"] == f"org.varlink.service.{name}"
        else:
            with pytest.raises(Closed):
                connection.receive()
    bystander.ask()


@pytest.mark.parametrize("count, name", [(VALUES_MAX, "InvalidParameter"), (VALUES_MAX + 1, None)])
@pytest.mark.parametrize("value", [b"{}", b"[]", b"1", b'""', b"null"])
def test_values_of_a_call(agent, bystander, value, count, name):
    """The message, its method and parameters, and the array are values, too."""
    inner = b"[" + b",".join([value] * (count - 4)) + b"]"
    with agent.connect() as connection:
        connection.send(b'{"method":"org.threatresponse.agent.GetStatus","parameters":{"a":' + inner + b"}}\0")
        if name:
            assert connection.receive()["error"] == f"org.varlink.service.{name}"
        else:
            with pytest.raises(Closed):
                connection.receive()
    bystander.ask()


def test_a_message_that_never_ends(idle):
    """The time limit also ends a message whose bytes keep coming."""
    idle.config.write(api__message_timeout=0.2)
    idle.start()
    bystander = Bystander(idle)
    with idle.connect() as writer:
        with pytest.raises((BrokenPipeError, ConnectionResetError)):
            for _ in range(60_000):
                writer.send(b" ")
                time.sleep(0.001)
        bystander.ask()
    bystander.connection.close()
    assert "did not finish a message in time" in idle.log()


# Many messages


@pytest.mark.complaint("socket: a client that does not read stops all others")
def test_many_pipelined_calls(agent, bystander):
    with agent.connect() as connection:
        writer = os.fork()
        if writer == 0:
            with contextlib.suppress(BaseException):
                connection.send(GET_STATUS * MANY)
            os._exit(0)
        answered, last = 0, b""
        while answered < MANY:
            data = connection.socket.recv(1 << 20)
            assert data
            answered, last = answered + data.count(b"\0"), data[-1:]
            if answered % 500 < 20:
                bystander.ask()
        assert (answered, last) == (MANY, b"\0")
        assert os.waitpid(writer, 0)[1] == 0
        assert connection.call("GetStatus")["status"]["version"]


def test_the_time_limit_is_of_one_message(idle):
    """It ends neither a stream of calls that always has a half one, nor calls that wait for a slow reader."""
    # Long enough for a busy machine.
    idle.config.write(api__message_timeout=1)
    idle.start()
    with idle.connect() as connection:
        half = len(GET_STATUS) // 2
        connection.send(GET_STATUS[:half])
        end = time.monotonic() + 2.5
        while time.monotonic() < end:
            connection.send(GET_STATUS[half:] + GET_STATUS[:half])
            wire.check_reply(f"{AGENT.name}.GetStatus", connection.receive())
        connection.send(GET_STATUS[half:])
        connection.receive()
        sent = send_what_fits(connection, GET_STATUS)
        time.sleep(1.5)
        for _ in range(sent // len(GET_STATUS)):
            wire.check_reply(f"{AGENT.name}.GetStatus", connection.receive())
    assert "did not finish" not in idle.log()


@pytest.mark.complaint("socket: a client that does not read stops all others")
def test_a_client_that_never_reads(agent, bystander):
    """The daemon stops serving it, and loses no reply in case it reads after all."""
    before = memory(agent.pid)
    with agent.connect() as deaf:
        calls = send_what_fits(deaf, GET_STATUS) // len(GET_STATUS)
        # The daemon took fewer calls than their replies have room for: 64 KiB, one read, and the buffers of the socket.
        for _ in range(100):
            bystander.ask()
        assert memory(agent.pid) - before < 1 << 20
        assert calls > 1000
        for _ in range(calls):
            wire.check_reply(f"{AGENT.name}.GetStatus", deaf.receive())
    assert memory(agent.pid) - before < 1 << 20


def commits_in(agent, connection=None):
    reply = (connection or agent).call("ListCommits")
    return [commit["revision"] for commit in reply["commits"]]


def test_a_reply_has_room(idle):
    """The history is cut to the size of a reply, and has its room behind other replies that wait."""
    idle.config.write(api__max_output=131072)
    idle.start()
    with idle.connect() as connection:
        for i in range(100):
            connection.call("Stage", {"enabled": i % 2 == 0})
            connection.call("Commit", {"comment": "ü" * 1024})
    revisions = commits_in(idle)
    assert revisions == list(range(100, 100 - len(revisions), -1))
    assert 20 < len(revisions) < 100
    with idle.connect() as connection:
        history = encode(f"{AGENT.name}.ListCommits")
        connection.send((GET_STATUS * 150 + history * 3) * 3)
        for _ in range(3):
            for _ in range(150):
                wire.check_reply(f"{AGENT.name}.GetStatus", connection.receive())
            for _ in range(3):
                connection.receive()
        assert commits_in(idle, connection) == revisions
    idle.config.write(api__max_output=1048576)
    idle.hup()
    assert len(commits_in(idle)) == 100


@pytest.mark.complaint("socket: a client that does not read stops all others")
def test_a_stopped_watcher(agent, bystander):
    """Thousands of changes while a watcher is stopped cost no memory, and it then gets the last state."""
    watcher = subprocess.Popen(
        [programs.program("trctl"), "--socket", agent.socket, "--json", "status", "--watch"],
        stdout=subprocess.PIPE,
        env=programs.environment(),
    )
    try:
        first = watcher.stdout.readline()
        assert b'"staged":[]' in first
        os.kill(watcher.pid, signal.SIGSTOP)
        before = memory(agent.pid)
        with agent.connect() as connection:
            for i in range(5000):
                connection.call("Stage", {"enabled": i % 2 == 0, "server": "EUROPE"})
                if i % 500 == 0:
                    bystander.ask()
            connection.call("Stage", {"enabled": True, "server": "EUROPE"})
            connection.call("Commit", {"comment": "the last change"})
        assert memory(agent.pid) - before < 1 << 20
        os.kill(watcher.pid, signal.SIGCONT)
        seen = 0
        while b'"revision":1' not in watcher.stdout.readline():
            seen += 1
        assert seen < 2500
    finally:
        watcher.kill()
        watcher.wait()
        watcher.stdout.close()


# All at once


def bound(connections, message, output):
    """The bound of docs/api.md for the memory of connections, in bytes."""
    return 2 * connections * (message + output + 65536) + 4 * message + (4 << 20)


def test_memory(idle):
    """Every connection makes the daemon hold as much as it can; the daemon stays under the bound."""
    connections, message, output = 24, 1 << 17, 1 << 18
    idle.config.write(
        api__max_connections=connections,
        api__max_connections_per_uid=connections,
        api__max_message=message,
        api__max_output=output,
    )
    idle.start(env=LEAN)
    with idle.connect() as connection:
        for i in range(100):
            connection.call("Stage", {"enabled": i % 2 == 0})
            connection.call("Commit", {"comment": "x" * 1024})
    before, resident = memory(idle.pid), memory(idle.pid, "VmRSS")
    bystander = Bystander(idle)
    history = encode(f"{AGENT.name}.ListCommits")
    worst = b'{"method":"a.B","parameters":{"a":[' + b"{}," * 1000 + b'"' + b"x" * (message - 3100) + b'"]}}\0'
    assert message - 100 < len(worst) <= message
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(idle.connect()) for _ in range(connections - 2)]
        for half, deaf in zip(clients[::2], clients[1::2]):
            half.send(worst)
            assert half.receive()["error"] == "org.varlink.service.InterfaceNotFound"
            half.send(b" " * (message - 1))
            send_what_fits(deaf, history)
            bystander.ask()
        programs.until(lambda: memory(idle.pid) - before > len(clients) // 2 * message, "the buffers are full")
        for _ in range(100):
            bystander.ask()
        assert memory(idle.pid, "VmHWM") - resident < bound(connections, message, output)
    bystander.ask()
    bystander.connection.close()
    programs.until(lambda: memory(idle.pid) - before < bound(connections, message, output) // 2, "buffers are freed")


# Descriptors


@pytest.mark.complaint("socket: the daemon spins and floods the log when descriptors run out")
def test_out_of_descriptors(idle):
    """The daemon pauses accepting, serves its connections, and goes on once it has descriptors again."""
    trace = idle.folder / "trace"
    idle.config.write(api__max_connections=100, api__max_connections_per_uid=100)
    strace = ("strace", "-f", "-qq", "-e", "trace=accept4", "-o", str(trace))
    idle.start(prefix=("prlimit", "--nofile=32:32", *strace), env={"ASAN_OPTIONS": "detect_leaks=0"})
    first = idle.connect()
    first.call("GetStatus")
    others = [idle.connect() for _ in range(50)]
    programs.until(lambda: "Can't accept connections: Too many open files" in idle.log(), "the descriptors run out")
    for _ in range(100):
        assert first.call("GetStatus")["status"]["version"]
    waited = time.monotonic() + 2.5
    while time.monotonic() < waited:
        first.call("GetStatus")
        time.sleep(0.05)
    assert idle.log().count("Can't accept connections") == 1
    for other in others:
        other.close()
    assert idle.status()["version"]
    assert "Connections are accepted again." in idle.log()
    failed = [line for line in trace.read_text().splitlines() if "EMFILE" in line]
    assert 1 <= len(failed) < 20
    first.close()


@pytest.mark.complaint("socket: half a message stops all others")
def test_a_thousand_half_messages(idle):
    """The others are answered meanwhile, and the daemon still ends."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))
    try:
        idle.config.write(api__max_connections=1100, api__max_connections_per_uid=1100, api__message_timeout=3600)
        idle.start()
        with contextlib.ExitStack() as stack:
            halves = []
            for i in range(1000):
                halves.append(stack.enter_context(idle.connect()))
                halves[-1].send(GET_STATUS[:-2])
                # A new client is answered; it is accepted after those before it, so that the queue does not get full.
                if i % 50 == 49:
                    assert idle.status()["version"]
            # The daemon still holds each half message, and answers it once it is whole.
            for half in (halves[0], halves[-1]):
                half.send(GET_STATUS[-2:])
                wire.check_reply(f"{AGENT.name}.GetStatus", half.receive())
            assert idle.stop() == 0
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_the_limit_of_descriptors_is_raised(idle):
    idle.config.write(api__max_connections=300, api__max_connections_per_uid=300)
    idle.start(prefix=("prlimit", "--nofile=40:1000"))
    with contextlib.ExitStack() as stack:
        for _ in range(200):
            assert stack.enter_context(idle.connect()).call("GetStatus")["status"]["version"]
    assert "Can't accept" not in idle.log()
