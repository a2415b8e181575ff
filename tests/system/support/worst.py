"""A user who does his worst to the daemon, for some seconds; the path of the socket is relative to the working folder.

worst.py HABIT SECONDS SOCKET
"""

import contextlib
import json
import socket
import sys
import time

AGENT, SERVICE = "org.threatresponse.agent.", "org.varlink.service."
METHODS = (
    "GetStatus ListServers GetSettings Stage ClearStaged Commit ListCommits Register Deregister Cancel Retry Renew "
    "ResetIdentity Check Reload GetCertificate GetMetrics Recognise Nonsense"
).split()


def encode(method, parameters=None, **flags):
    return json.dumps({"method": method, "parameters": parameters or {}, **flags}).encode() + b"\0"


def costly():
    """The messages that take longest to read."""
    yield encode(AGENT + "GetStatus", {"a": [{}] * 1019})
    yield encode(AGENT + "GetStatus", {f"k{i}": 0 for i in range(1000)})
    yield encode(AGENT + "GetStatus", {"a": "\n" * 32500})
    yield encode(AGENT + "N" * 60000)
    yield b"x" * 65535 + b"\0"
    yield b"{" * 1000 + b"\0"


def every_method():
    for method in METHODS:
        parameters = {"text": "hxxp://a[.]example/ " * 3000} if method == "Recognise" else None
        yield encode(AGENT + method, parameters, more=method in ("Check", "Recognise")) * (1 if parameters else 16)
    yield encode(SERVICE + "GetInterfaceDescription", {"interface": AGENT[:-1]}) * 16
    yield encode(AGENT + "ListCommits") * 16


class Client:
    def __init__(self, path):
        self.path = path
        self.socket = None
        self.rest = b""

    def connected(self):
        """Connects, if it has no connection. Returns False if the daemon refuses that now."""
        if self.socket is None:
            made = socket.socket(socket.AF_UNIX)
            made.setblocking(False)
            try:
                made.connect(self.path)
            except OSError:
                made.close()
                return False
            self.socket, self.rest = made, b""
        return True

    def close(self):
        if self.socket is not None:
            self.socket.close()
            self.socket = None

    def send(self, data):
        """Sends as much as fits; goes on with the rest before anything else."""
        if not self.connected():
            return
        try:
            self.rest = self.rest or data
            self.rest = self.rest[self.socket.send(self.rest) :]
        except BlockingIOError:
            pass
        except OSError:
            self.close()

    def read(self):
        if self.socket is None:
            return
        try:
            while data := self.socket.recv(1 << 20):
                del data
            self.close()
        except BlockingIOError:
            pass
        except OSError:
            self.close()


def methods(clients, turn):
    """Every method, pipelined on each connection."""
    calls = list(every_method())
    for i, client in enumerate(clients):
        client.send(calls[(turn + i) % len(calls)])
        client.read()


def messages(clients, turn):
    """Large and malformed messages."""
    calls = list(COSTLY)
    for i, client in enumerate(clients):
        client.send(calls[(turn + i) % len(calls)])
        client.read()


def connections(clients, turn):
    """Connects, calls and hangs up."""
    del turn
    for client in clients:
        client.send(encode(AGENT + "ClearStaged"))
        client.close()


def halves(clients, turn):
    """A byte now and then of a message that never ends."""
    del turn
    for client in clients:
        client.send(b"{" if client.socket is None else b" ")
    time.sleep(0.01)


def watchers(clients, turn):
    """Watchers that don't read, and connect again when they are ended."""
    del turn
    for client in clients:
        if client.socket is None:
            client.send(encode(AGENT + "GetStatus", more=True))
        else:
            with contextlib.suppress(OSError):
                if client.socket.recv(1, socket.MSG_PEEK) == b"":
                    client.close()


def deaf(clients, turn):
    """Long replies that are not read."""
    del turn
    for client in clients:
        client.send(encode(AGENT + "ListCommits") * 100)


def silent(clients, turn):
    """Takes all places and asks nothing."""
    del turn
    for client in clients:
        if client.connected():
            with contextlib.suppress(OSError):
                if client.socket.recv(1) == b"":
                    client.close()


COSTLY = list(costly())
HABITS = {one.__name__: one for one in (methods, messages, connections, halves, watchers, deaf, silent)}
PLACES = 20  # a few more than one user gets


def main():
    habit, seconds, path = sys.argv[1:]
    end = time.monotonic() + float(seconds)
    clients = [Client(path) for _ in range(PLACES)]
    turn = 0
    print("ready", flush=True)
    while time.monotonic() < end:
        HABITS[habit](clients, turn)
        turn += 1


if __name__ == "__main__":
    main()
