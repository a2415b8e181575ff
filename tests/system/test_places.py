"""Places for connections: root and the next user are served, however many others hold."""

import contextlib
import os

import pytest

from support import programs
from support.wire import AGENT, Closed, encode

ROOT = os.geteuid() == 0
FIRST, NEXT = 20001, 20100
OWN = None  # the user who runs the tests: root to the daemon

needs_root = pytest.mark.skipif(not ROOT, reason="other users need root")


def silent(connection):
    """Asks nothing."""


def idle_after_a_call(connection):
    connection.call("GetStatus")


def watching(connection):
    connection.send(encode(f"{AGENT.name}.GetStatus", more=True))
    assert connection.receive()["continues"]


def half(connection):
    connection.send(b'{"method":')


def deaf(connection):
    """Has replies that it does not read."""
    connection.socket.setblocking(False)
    with contextlib.suppress(BlockingIOError):
        for _ in range(100):
            connection.send(encode(f"{AGENT.name}.GetStatus") * 100)
    connection.socket.setblocking(True)


HABITS = [silent, idle_after_a_call, watching, half, deaf]


@contextlib.contextmanager
def crowd(agent, uids, each, habit):
    """So many connections of each of these users."""
    with contextlib.ExitStack() as stack:
        held = [stack.enter_context(agent.connect(uid)) for uid in uids for _ in range(each)]
        for one in held:
            with contextlib.suppress(Closed, BrokenPipeError, ConnectionResetError):
                habit(one)
        yield held


def trctl(agent, console, uid, *words):
    with console.command_as(uid) as (command, more):
        return programs.run(*command, *words, **more)


@needs_root
@pytest.mark.parametrize("habit", HABITS)
@pytest.mark.parametrize("users, each", [(1, 16), (4, 16), (70, 1)])
def test_whoever_holds_the_places(idle, console, users, each, habit):
    """Root changes what it likes, and a user who has no connection is answered, again and again."""
    idle.start()
    with crowd(idle, range(FIRST, FIRST + users), each, habit):
        for i in range(3):
            assert idle.ctl("status").returncode == 0
            assert idle.ctl("disable" if i % 2 else "enable").returncode == 0
            result = trctl(idle, console, NEXT + i, "status")
            assert (result.returncode, result.stderr) == (0, "")
        # Connections that nobody ends meanwhile keep no place from root either.
        with contextlib.ExitStack() as stack:
            for _ in range(16):
                assert stack.enter_context(idle.connect()).call("GetStatus")["status"]["version"]
            assert idle.ctl("status").returncode == 0


@needs_root
@pytest.mark.parametrize(
    "key, message, remedy",
    [
        ("max_connections", "There are too many connections.", "api.max_connections"),
        ("max_connections_per_uid", "There are too many connections of this user.", "api.max_connections_per_uid"),
    ],
)
def test_a_user_without_a_place_is_told_so(idle, console, key, message, remedy):
    idle.start()
    idle.config.write(**{f"api__{key}": 3})
    idle.hup()
    with crowd(idle, [FIRST], 3, idle_after_a_call) as held:
        with idle.connect(FIRST) as refused:
            reply = refused.receive()
            assert reply["error"] == f"{AGENT.name}.Refused"
            assert (reply["parameters"]["reason"], reply["parameters"]["message"]) == ("busy", message)
            assert remedy in reply["parameters"]["remedy"]
            with pytest.raises(Closed):
                refused.receive()
        result = trctl(idle, console, FIRST, "status")
        assert (result.returncode, result.stderr.splitlines()[0]) == (6, f"trctl: {message}")
        # Connections from before are served as before; a place that is free again can be taken.
        for one in held:
            one.call("GetStatus")
        held[0].close()
        programs.until(lambda: trctl(idle, console, FIRST, "status").returncode == 0, "a free place")
    assert f"has no place for a connection (api.{key})" in idle.log()


@needs_root
def test_another_user_has_his_own_places(idle):
    idle.config.write(api__max_connections_per_uid=2)
    idle.start()
    with crowd(idle, [FIRST], 2, idle_after_a_call) as held, idle.connect(NEXT) as other:
        assert other.call("GetStatus")["status"]["version"]
        for one in held:
            one.call("GetStatus")


@needs_root
def test_a_member_has_a_place(idle, console):
    """One of a group of his process."""
    idle.config.write(api__admin_group="daemon", api__max_connections=16)
    idle.start()
    with crowd(idle, range(FIRST, FIRST + 16), 1, watching):
        for _ in range(3):
            assert trctl(idle, console, 1, "enable").returncode == 0


def test_the_own_oldest_connection_makes_room(idle):
    """The daemon's own user has no more places than others, but always gets the next one."""
    idle.config.write(api__max_connections_per_uid=3)
    idle.start()
    with crowd(idle, [OWN], 3, idle_after_a_call) as held:
        held[0].call("GetStatus")
        another = idle.connect()
        another.call("GetStatus")
        with pytest.raises(Closed):
            held[1].receive()
        for one in (held[0], held[2], another):
            one.call("GetStatus")
        another.close()
    assert "is disconnected: its place went to another client" in idle.log()
