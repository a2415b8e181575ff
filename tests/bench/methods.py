"""The processor time of each method when a user without rights calls it, beside its limit:
twice that of GetStatus, and a microsecond for each byte of the call."""

import json
import os
import socket

from stage import AGENT, Connection

NOBODY = 65534
COMMITS = 100
COMMENT = "\U0001f510" * 1024  # the longest, in characters of four bytes
SERVICE = "org.varlink.service."
READING = ("GetStatus", "ListServers", "GetSettings", "ListCommits", "GetCertificate", "GetMetrics")
CHANGING = ("Stage", "ClearStaged", "Commit", "Register", "Deregister", "Cancel", "Retry", "Renew", "ResetIdentity",
            "Check", "Reload")


def encode(method, parameters=None, **flags):
    return json.dumps({"method": method, "parameters": parameters or {}, **flags}, ensure_ascii=False).encode() + b"\0"


def calls():
    """Yields name and text of each call that has one reply."""
    for name in READING + CHANGING:
        yield name, encode(AGENT + name, {"token": "x" * 64} if name == "Register" else {}, more=name == "Check")
    yield "GetMetrics, prometheus", encode(f"{AGENT}GetMetrics", {"format": "prometheus"})
    yield "Recognise, without more", encode(f"{AGENT}Recognise", {"text": "x"})
    yield "GetInfo", encode(f"{SERVICE}GetInfo")
    yield "GetInterfaceDescription", encode(f"{SERVICE}GetInterfaceDescription", {"interface": AGENT[:-1]})
    yield "an unknown method", encode(f"{AGENT}Nonsense")
    yield "an unknown interface", encode("a.B")
    yield "1,020 values", encode(f"{AGENT}GetStatus", {"a": [0] * 1019})
    yield "1,020 objects", encode(f"{AGENT}GetStatus", {"a": [{}] * 1019})
    yield "1,000 keys", encode(f"{AGENT}GetStatus", {f"k{i}": 0 for i in range(1000)})
    yield "65,000 bytes", encode(f"{AGENT}GetStatus", {"a": "x" * 65000})
    yield "65,000 bytes of escapes", encode(f"{AGENT}GetStatus", {"a": "\n" * 32500})
    yield "an unknown method of 60,000 bytes", encode(AGENT + "N" * 60000)


def become_nobody():
    """Where we are root, for the rest of the process: root's calls would change something."""
    if os.geteuid() == 0:
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)


def cost(daemon, connection, text, runs):
    """Returns seconds of the daemon for one call, the least of several runs, and the bytes of the call."""
    least = None
    for _ in range(3):
        before = daemon.cpu_seconds()
        for _ in range(runs):
            connection.channel.sendall(text)
            connection.receive_text()
        spent = (daemon.cpu_seconds() - before) / runs
        least = spent if least is None else min(least, spent)
    return least, len(text)


def measure_connections(daemon, path, runs):
    """Returns seconds of the daemon for a connection with one GetStatus."""
    text = encode(f"{AGENT}GetStatus")
    before = daemon.cpu_seconds()
    for _ in range(runs):
        with Connection.to(path) as connection:
            connection.channel.sendall(text)
            connection.receive_text()
    return (daemon.cpu_seconds() - before) / runs


def fill_history(daemon):
    with daemon.connect() as connection:
        for i in range(COMMITS):
            connection.call(f"{AGENT}Stage", {"enabled": i % 2 == 1})
            connection.call(f"{AGENT}Commit", {"comment": COMMENT})


def measure(table, daemon, form, runs):
    """The daemon is registered and enabled. The clients are another user's, if we may become him."""
    fill_history(daemon)
    directory = os.open(os.path.dirname(daemon.socket), os.O_PATH | os.O_CLOEXEC)
    ours, theirs = socket.socketpair()
    child = os.fork()
    if child == 0:
        try:
            os.fchdir(directory)
            become_nobody()
            with Connection.to("socket") as connection:
                results = [(name, *cost(daemon, connection, text, runs)) for name, text in calls()]
            results.append(("connect, GetStatus, close", measure_connections(daemon, "socket", runs), 0))
            theirs.sendall(json.dumps(results).encode())
        finally:
            os._exit(0)
    theirs.close()
    with ours.makefile() as results:
        rows = json.load(results)
    os.waitpid(child, 0)
    os.close(directory)
    least = rows[0][1]
    for name, spent, size in rows:
        if size:
            table.add(f"CPU of {name}", form, spent, 2 * least + size * 1e-6, most=1)
        else:
            table.add(f"CPU of {name}", form, spent)
