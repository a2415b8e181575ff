"""A varlink client in plain Python, independent of the project's own, that checks every reply against the IDL."""

import json
import os
import socket

from support import idl
from support.programs import DEADLINE, ROOT

SOURCES = ROOT / "src" / "varlink"
AGENT = idl.Interface((SOURCES / "org.threatresponse.agent.varlink").read_text())
CASEBOOK = idl.Interface((SOURCES / "org.threatresponse.casebook.varlink").read_text())
WORKER = idl.Interface((SOURCES / "org.threatresponse.worker.varlink").read_text())
SERVICE = idl.Interface(idl.SERVICE)
INTERFACES = {interface.name: interface for interface in (AGENT, CASEBOOK, WORKER, SERVICE)}


class Error(Exception):
    """An error reply: its full name and its parameters."""

    def __init__(self, name, parameters):
        super().__init__(f"{name} {parameters}")
        self.name, self.parameters = name, parameters


class Closed(Exception):
    """The other side closed the connection."""


def encode(method, parameters=None, **flags):
    message = {"method": method, **flags}
    if parameters is not None:
        message["parameters"] = parameters
    return json.dumps(message).encode() + b"\0"


def check_reply(method, message):
    """Checks a reply to a method, to its last member; raises the error if it is one."""
    unknown = set(message) - {"parameters", "error", "continues"}
    if unknown:
        raise idl.Mismatch(f"the reply has {unknown}")
    parameters = message.get("parameters", {})
    if "error" in message:
        interface, _, name = message["error"].rpartition(".")
        INTERFACES[interface].check(INTERFACES[interface].errors[name], parameters, name)
        raise Error(message["error"], parameters)
    interface, _, name = method.rpartition(".")
    INTERFACES[interface].check(INTERFACES[interface].methods[name][1], parameters, name)
    return parameters


class Connection:
    """One connection; a method without a dot is one of the agent."""

    def __init__(self, path=None, sock=None):
        self.socket = sock or socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(DEADLINE)
        self.buffer = b""
        if path:
            self.socket.connect(str(path))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def receive(self):
        """Returns the next message, unchecked."""
        while b"\0" not in self.buffer:
            try:
                data = self.socket.recv(65536)
            except ConnectionResetError:
                data = b""
            if not data:
                raise Closed(self.buffer)
            self.buffer += data
        text, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(text)

    def call(self, method, parameters=None, **flags):
        method = method if "." in method else f"{AGENT.name}.{method}"
        self.send(encode(method, parameters, **flags))
        return check_reply(method, self.receive())

    def stream(self, method, parameters=None):
        """Yields each reply of a call with "more", with its "continues"."""
        method = method if "." in method else f"{AGENT.name}.{method}"
        self.send(encode(method, parameters, more=True))
        while True:
            message = self.receive()
            yield check_reply(method, message)
            if not message.get("continues"):
                return

    def peer_pid(self):
        """Returns the pid of the process that listens, as the kernel knows it."""
        return int.from_bytes(self.socket.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)[:4], "little")


def connect_as(uid, path):
    """Returns a connection that belongs to another user: a child makes and passes it. Needs root for another uid."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    child = os.fork()
    if child == 0:
        try:
            # A path relative to the folder: the other user may be unable to walk there.
            os.chdir(os.path.dirname(path))
            if uid != os.geteuid():
                os.setgroups([])
                os.setresgid(uid, uid, uid)
                os.setresuid(uid, uid, uid)
            made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            made.connect(os.path.basename(path))
            socket.send_fds(theirs, [b"."], [made.fileno()])
        finally:
            os._exit(0)
    theirs.close()
    _, descriptors, _, _ = socket.recv_fds(ours, 1, 1)
    os.waitpid(child, 0)
    ours.close()
    assert descriptors, f"uid {uid} could not connect to {path}"
    return Connection(sock=socket.socket(fileno=descriptors[0]))
