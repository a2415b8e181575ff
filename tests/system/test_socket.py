"""The local socket: malformed messages, errors, the order of replies, and limits."""

import json
import os
import socket

import pytest

from support import programs, wire
from support.wire import AGENT, CASEBOOK, Closed, encode

ROOT = os.geteuid() == 0
OTHER = 65534 if ROOT else os.geteuid()
GET_STATUS = f"{AGENT.name}.GetStatus"


def assert_alive(agent):
    assert agent.status()["version"]


@pytest.mark.parametrize(
    "message",
    [
        b"\0",
        b"no json\0",
        b"[]\0",
        b'"text"\0',
        b"1\0",
        b"null\0",
        b"{}\0",
        b'{"method":"org.varlink.service.GetInfo"\0',
        b'{"method":"org.varlink.service.GetInfo"}}\0',
        b"{'method':'org.varlink.service.GetInfo'}\0",
        b'{"method":5}\0',
        b'{"method":null}\0',
        b'{"method":"org.varlink.service.GetInfo","method":"org.varlink.service.GetInfo"}\0',
        b'{"method":"org.varlink.service.GetInfo","unknown":1}\0',
        b'{"method":"org.varlink.service.GetInfo","parameters":[]}\0',
        b'{"method":"org.varlink.service.GetInfo","parameters":"x"}\0',
        b'{"method":"org.varlink.service.GetInfo","more":1}\0',
        b'{"method":"org.varlink.service.GetInfo","oneway":"true"}\0',
        b'{"method":"org.varlink.service.GetInfo","oneway":true,"more":true}\0',
        b'{"method":"org.varlink.service.GetInfo","parameters":{"a":NaN}}\0',
        b'{"method":"org.varlink.service.GetInfo","parameters":{"a":1,"a":1}}\0',
        b'{"method":"org.varlink.service.\xff"}\0',
        b'{"method":"a","parameters":' + b'{"a":' * 20 + b"1" + b"}" * 21 + b"\0",
    ],
)
def test_malformed_message_closes_the_connection(agent, message):
    with agent.connect() as connection:
        connection.send(message)
        with pytest.raises(Closed):
            connection.receive()
    assert "sent a malformed message; the connection is closed" in agent.log()
    assert_alive(agent)


def test_what_came_before_a_malformed_message_is_answered(agent):
    with agent.connect() as connection:
        connection.send(encode(GET_STATUS) + b"rubbish\0" + encode(GET_STATUS))
        replies = connection.socket.makefile("rb").read()
    assert replies.count(b"\0") == 1
    assert_alive(agent)


# Errors


@pytest.mark.parametrize(
    "method, parameters, name, told",
    [
        ("org.example.Method", None, "InterfaceNotFound", {"interface": "org.example"}),
        ("org.threatresponse.Method", None, "InterfaceNotFound", {"interface": "org.threatresponse"}),
        (
            "org.threatresponse.worker.GenerateKey",
            None,
            "InterfaceNotFound",
            {"interface": "org.threatresponse.worker"},
        ),
        (f"{AGENT.name}.Nothing", None, "MethodNotFound", {"method": f"{AGENT.name}.Nothing"}),
        (f"{AGENT.name}.getstatus", None, "MethodNotFound", {"method": f"{AGENT.name}.getstatus"}),
        (f"{AGENT.name}.", None, "MethodNotFound", {"method": f"{AGENT.name}."}),
        ("org.varlink.service.Nothing", None, "MethodNotFound", {"method": "org.varlink.service.Nothing"}),
        ("GetStatus", None, "InvalidParameter", {"parameter": "method"}),
        (f"{AGENT.name}.Register", None, "InvalidParameter", {"parameter": "token"}),
        (f"{AGENT.name}.Register", {}, "InvalidParameter", {"parameter": "token"}),
        (f"{AGENT.name}.Register", {"token": None}, "InvalidParameter", {"parameter": "token"}),
        (f"{AGENT.name}.Register", {"token": 5}, "InvalidParameter", {"parameter": "token"}),
        (f"{AGENT.name}.Register", {"token": "x" * 5000}, "InvalidParameter", {"parameter": "token"}),
        (f"{AGENT.name}.Register", {"token": "x" * 20, "region": "x"}, "InvalidParameter", {"parameter": "region"}),
        (f"{AGENT.name}.Stage", {"enabled": "true"}, "InvalidParameter", {"parameter": "enabled"}),
        (f"{AGENT.name}.Stage", {"server": 2}, "InvalidParameter", {"parameter": "server"}),
        (f"{AGENT.name}.Stage", {"server": ""}, "InvalidParameter", {"parameter": "server"}),
        (f"{AGENT.name}.GetStatus", {"x": 1}, "InvalidParameter", {"parameter": "x"}),
        (
            "org.varlink.service.GetInterfaceDescription",
            {"interface": "org.example"},
            "InterfaceNotFound",
            {"interface": "org.example"},
        ),
        ("org.varlink.service.GetInterfaceDescription", None, "InvalidParameter", {"parameter": "interface"}),
    ],
)
def test_errors(agent, method, parameters, name, told):
    with agent.connect() as connection:
        connection.send(encode(method, parameters))
        assert connection.receive() == {"error": f"org.varlink.service.{name}", "parameters": told}
        # The connection goes on.
        assert connection.call("GetStatus")["status"]["version"]


# The wire


def test_pipelined_calls_are_answered_in_order(agent):
    with agent.connect() as connection:
        methods = ["GetStatus", "ListServers", "GetSettings", "ListCommits", "GetStatus"] * 40
        connection.send(b"".join(encode(f"{AGENT.name}.{method}") for method in methods))
        for method in methods:
            wire.check_reply(f"{AGENT.name}.{method}", connection.receive())


def test_a_message_byte_by_byte(agent):
    with agent.connect() as connection:
        for byte in encode(GET_STATUS):
            connection.send(bytes([byte]))
        wire.check_reply(GET_STATUS, connection.receive())


def test_oneway_is_not_answered(agent):
    with agent.connect() as connection:
        connection.send(encode(f"{AGENT.name}.Stage", {"enabled": True}, oneway=True))
        connection.send(encode(f"{AGENT.name}.Nothing", oneway=True) + encode(GET_STATUS, oneway=True))
        assert connection.call("GetSettings")["staged"]["enabled"] is True


def test_a_client_that_has_said_all_is_still_answered(agent):
    with agent.connect() as connection:
        connection.send(encode(GET_STATUS))
        connection.socket.shutdown(socket.SHUT_WR)
        wire.check_reply(GET_STATUS, connection.receive())
        with pytest.raises(Closed):
            connection.receive()


def test_a_slow_reader_of_many_replies_loses_none(agent):
    n = 3000
    with agent.connect() as connection:
        writer = os.fork()
        if writer == 0:
            try:
                connection.send(encode(GET_STATUS) * n)
            finally:
                os._exit(0)
        assert_alive(agent)
        for _ in range(n):
            wire.check_reply(GET_STATUS, connection.receive())
        os.waitpid(writer, 0)


def test_watch(ready, cloud):
    """A watcher gets the state, and then each change, to the end of a registration."""
    with ready.connect() as watcher:
        stream = watcher.stream("GetStatus")
        assert next(stream)["status"]["registration"]["state"] == "unregistered"
        ready.begin_registration()
        seen = []
        while not seen or seen[-1]["state"] != "registered":
            seen.append(next(stream)["status"]["registration"])
        steps = [one["step"] for one in seen if "step" in one]
        assert steps == sorted(steps, key=["key", "context", "activation", "trust", "certificate", "confirm"].index)
        ready.call("Stage", {"enabled": False})
        status = next(stream)["status"]
        while not status["staged"]:
            status = next(stream)["status"]
        assert status["staged"][0]["enabled"] is False


def test_a_watcher_that_does_not_read_gets_the_newest(agent):
    with agent.connect() as watcher:
        stream = watcher.stream("GetStatus")
        next(stream)
        for i in range(2000):
            agent.call("Stage", {"enabled": i % 2 == 0, "server": "EUROPE"})
        agent.call("ClearStaged")
        # They are far fewer than the changes, and the last is the present state.
        n = 0
        for reply in stream:
            n += 1
            if reply["status"]["staged"] == []:
                break
        assert n < 2000


# Limits


@pytest.mark.parametrize("size", [4095, 4096, 8192])
def test_message_limit(idle, size):
    idle.config.write(api__max_message=4096)
    idle.start()
    empty = len(encode(f"{AGENT.name}.Stage", {"server": ""}))
    message = encode(f"{AGENT.name}.Stage", {"server": "x" * (size - empty)})
    assert len(message) == size
    with idle.connect() as connection:
        try:
            connection.send(message)
            reply = connection.receive()
        except (Closed, BrokenPipeError):
            reply = None
    if size <= 4096:
        assert reply["error"] == "org.varlink.service.InvalidParameter"
    else:
        assert reply is None
        assert "sent a message that is too long; the connection is closed" in idle.log()
    assert_alive(idle)


@pytest.mark.complaint("socket: half a message stops all others")
def test_a_half_message_has_a_time_limit(idle):
    idle.config.write(api__message_timeout=0.1)
    idle.start()
    with idle.connect() as silent, idle.connect() as half:
        silent.call("GetStatus")
        half.send(b'{"method":')
        with pytest.raises(Closed):
            half.receive()
        # A silent client may stay.
        silent.call("GetStatus")
    assert "did not finish a message in time" in idle.log()


def test_json_of_trctl_is_the_reply(agent):
    text = agent.ctl("call", "org.varlink.service.GetInfo").stdout
    assert json.loads(text)["interfaces"] == ["org.varlink.service", AGENT.name, CASEBOOK.name]
