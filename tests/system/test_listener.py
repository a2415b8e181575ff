"""The listening socket, made or passed by systemd, and the lock that keeps a second daemon away."""

import fcntl
import os
import signal
import socket
import subprocess

import pytest

from support import programs, wire
from support.listener import listen, passing


def refused(agent, names, *sockets):
    options = passing(names, *sockets)
    agent.process = None
    process = agent.spawn(**options)
    assert process.wait(programs.DEADLINE) == 1
    return agent.log().splitlines()[-1]


@pytest.mark.parametrize("names", ["-", "varlink", "threatresponsed.socket"])
def test_one_socket_is_taken_whatever_its_name(idle, names):
    with listen(idle.socket) as listener:
        idle.start(**passing(names, listener))
        assert idle.status()["version"]
        assert idle.stop() == 0
        assert idle.socket.exists()
        assert not idle.socket.with_name("agent.sock.lock").exists()


def test_of_several_the_one_named_varlink(idle):
    with listen(idle.socket) as listener, listen(idle.folder / "other") as other:
        idle.start(**passing("http:varlink", other, listener))
        assert idle.status()["version"]
        # The daemon has closed the other one: nobody else listens there.
        other.close()
        with pytest.raises(ConnectionRefusedError):
            wire.Connection(idle.folder / "other")
        assert idle.stop() == 0


@pytest.mark.complaint("socket: a socket that systemd made is removed")
def test_a_restart_loses_no_call(idle):
    """systemd holds the socket: the next daemon serves a client that connects in between."""
    with listen(idle.socket) as listener:
        idle.start(**passing("varlink", listener))
        idle.enable()
        assert idle.kill() == -9
        with idle.connect() as waiting:
            waiting.send(wire.encode(f"{wire.AGENT.name}.GetStatus"))
            idle.start(**passing("varlink", listener))
            reply = wire.check_reply(f"{wire.AGENT.name}.GetStatus", waiting.receive())
            assert reply["status"]["enabled"] is True


def test_an_end_loses_no_call_of_a_client_that_has_connected(idle):
    """The call comes after the signal, on a connection that the daemon has accepted before."""
    with listen(idle.socket) as listener:
        idle.start(**passing("varlink", listener))
        with idle.connect() as first, idle.connect() as older:
            older.call("GetStatus")
            os.kill(idle.pid, signal.SIGTERM)
            programs.until(lambda: "Ending on signal 15" in idle.log(), "the end begins")
            with idle.connect() as late:
                # This connection is left to the next daemon.
                late.send(wire.encode(f"{wire.AGENT.name}.GetStatus"))
                assert first.call("GetStatus")["status"]["version"]
                assert idle.process.wait(programs.DEADLINE) == 0
                idle.start(**passing("varlink", listener))
                assert wire.check_reply(f"{wire.AGENT.name}.GetStatus", late.receive())["status"]["version"]


def test_a_client_that_says_nothing_does_not_hinder_the_end(idle):
    idle.start()
    with idle.connect():
        assert idle.stop() == 0


def test_a_second_signal_ends_it_at_once(idle):
    idle.start()
    with idle.connect():
        os.kill(idle.pid, signal.SIGTERM)
        programs.until(lambda: "Ending on signal 15" in idle.log(), "the end begins")
        assert idle.stop() == 0


def test_what_is_passed_must_be_a_socket(idle):
    nothing = "systemd passed something other than a listening UNIX stream socket"
    many = "systemd passed several descriptors, but not exactly one with the name varlink"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as unbound, listen(idle.folder / "a") as a:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as datagram, listen(idle.folder / "b") as b:
            assert refused(idle, "varlink", unbound) == f"Can't listen at {idle.socket}: {nothing}"
            assert refused(idle, "varlink", datagram) == f"Can't listen at {idle.socket}: {nothing}"
            assert refused(idle, "a:b", a, b) == f"Can't listen at {idle.socket}: {many}"
            assert refused(idle, "varlink:varlink", a, b) == f"Can't listen at {idle.socket}: {many}"
    assert not idle.socket.exists()


# One daemon at one place


def another(agent, name):
    """Returns the command of a second daemon, with a state of its own, for the socket."""
    command = agent.command()
    command[command.index("--state-directory") + 1] = agent.folder / name
    return command


def test_the_lock_is_held_and_removed(agent):
    lock = agent.socket.with_name("agent.sock.lock")
    with open(lock, "rb") as file, pytest.raises(BlockingIOError):
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    assert lock.stat().st_mode & 0o777 == 0o600
    assert agent.stop() == 0
    assert not lock.exists()
    agent.start()
    # The lock of a crashed daemon is free.
    assert agent.kill() == -9
    assert lock.exists()
    agent.start()


def test_a_second_daemon_is_refused_even_without_a_socket_file(agent):
    """The lock counts even if somebody has removed the socket."""
    agent.socket.unlink()
    result = programs.run(*another(agent, "other"))
    assert (result.returncode, result.stderr) == (
        1,
        f"Can't listen at {agent.socket}: another daemon answers there\n",
    )
    assert agent.stop() == 0
    agent.start()


def test_of_many_that_start_at_once_one_remains(idle):
    """Each has a state of its own and finds a stale socket; none takes the socket from another."""
    with listen(idle.socket):
        pass
    logs = [idle.folder / f"{i}.log" for i in range(8)]
    daemons = []
    for i, log in enumerate(logs):
        with open(log, "wb") as stderr:
            command = programs.bound_to_us(*another(idle, f"state{i}"))
            daemons.append(subprocess.Popen(command, stderr=stderr, env=programs.environment()))
    programs.until(lambda: sum(one.poll() is None for one in daemons) == 1, "one remains")
    winner = next(i for i, one in enumerate(daemons) if one.poll() is None)

    def answers():
        try:
            with wire.Connection(idle.socket) as connection:
                return connection.call("GetStatus") and connection.peer_pid()
        except (FileNotFoundError, ConnectionRefusedError):
            return None

    assert programs.until(answers, "the one that remains answers") == daemons[winner].pid
    for i, one in enumerate(daemons):
        if i != winner:
            assert one.returncode == 1
            assert logs[i].read_text() == f"Can't listen at {idle.socket}: another daemon answers there\n"
    daemons[winner].terminate()
    assert daemons[winner].wait(programs.DEADLINE) == 0


@pytest.mark.parametrize("kind", ["directory", "link"])
def test_what_is_no_lock_is_kept(idle, kind):
    lock = idle.socket.with_name("agent.sock.lock")
    if kind == "directory":
        lock.mkdir()
    else:
        lock.symlink_to(idle.folder / "elsewhere")
    result = programs.run(*idle.command())
    why = "Is a directory" if kind == "directory" else "Too many levels of symbolic links"
    assert (result.returncode, result.stderr) == (1, f"Can't listen at {idle.socket}: {why}\n")
    assert os.path.lexists(lock) and not (idle.folder / "elsewhere").exists()
