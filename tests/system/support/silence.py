"""Silent peers that a worker waits for. Each is a place with wait(), which returns when the worker is there."""

import re
import socket
import sys

from support import namespace, programs
from support.cloud import SSE_HOSTS

HOST = SSE_HOSTS["EUROPE"]

# As long as the configuration allows: a shorter wait was ended by the test.
PATIENCE = {"network__connect_timeout": 300, "network__timeout": 600, "worker__timeout": 3600}

# In a network of its own: only its loopback interface, and a name server there whose socket is passed to the test.
RESOLVER = """
import fcntl, os, socket, struct, sys
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
SIOCSIFFLAGS, IFF_UP = 0x8914, 1
fcntl.ioctl(server, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP))
server.bind(("127.0.0.1", 53))
socket.send_fds(socket.socket(fileno=int(sys.argv[1])), [b"."], [server.fileno()])
os.execvp(sys.argv[2], sys.argv[2:])
"""


class Place:
    """A place where the worker of an agent waits; start() starts the agent there. prefix and pass_fds belong to the
    process that waits, target is the address of its connection."""

    target = None

    def __init__(self, agent):
        self.agent = agent
        self.prefix, self.pass_fds = [], []
        agent.config.write(**PATIENCE)

    def open(self):
        """Makes the place, before the process is started."""

    def started(self):
        """Completes the place, after the process was started."""

    def start(self):
        agent = self.agent
        self.open()
        if self.target:
            agent.config.base = re.sub(rf'"{HOST}:443:[^"]*"', f'"{HOST}:443:{self.target}"', agent.config.base)
            agent.config.write()
        agent.start(prefix=self.prefix, pass_fds=self.pass_fds)
        self.started()

    def close(self):
        """Removes the place."""


class Dns(Place):
    """The name server has the question and does not answer."""

    # Looked up in place of the name of the server.
    target = "silent.example:443"
    socket = None

    def open(self):
        folder = self.agent.folder
        resolv, nsswitch = folder / "resolv.conf", folder / "nsswitch.conf"
        resolv.write_text("nameserver 127.0.0.1\noptions timeout:30 attempts:5\n")
        nsswitch.write_text("passwd: files\ngroup: files\nhosts: files dns\n")
        script = 'mount --bind "$0" /etc/resolv.conf; mount --bind "$1" /etc/nsswitch.conf; shift'
        self.ours, self.theirs = socket.socketpair()
        self.pass_fds = [self.theirs.fileno()]
        self.prefix = namespace.prefix(script, resolv, nsswitch, also=["--net"])
        self.prefix += [sys.executable, "-c", RESOLVER, str(self.theirs.fileno())]

    def started(self):
        self.theirs.close()
        self.ours.settimeout(programs.DEADLINE)
        with self.ours:
            _, (descriptor,), _, _ = socket.recv_fds(self.ours, 1, 1)
        self.socket = socket.socket(fileno=descriptor)
        self.socket.settimeout(programs.DEADLINE)

    def wait(self):
        assert b"\x06silent\x07example" in self.socket.recv(512)

    def close(self):
        if self.socket:
            self.socket.close()


class Connect(Place):
    """The queue of the listener is full: the kernel answers no SYN."""

    def open(self):
        self.socket = socket.socket()
        self.socket.bind(("127.0.0.1", 0))
        self.socket.listen(0)
        self.port = self.socket.getsockname()[1]
        self.first = socket.create_connection(("127.0.0.1", self.port))
        self.target = f"127.0.0.1:{self.port}"

    def wait(self):
        with_port = f" 0100007F:{self.port:04X} 02 "  # SYN_SENT

        def look():
            with open("/proc/net/tcp", encoding="ascii") as table:
                return with_port in table.read()

        programs.until(look, "a connection is asked for")

    def close(self):
        self.first.close()
        self.socket.close()


class Tls(Place):
    """The peer accepts the connection and doesn't answer the handshake."""

    def open(self):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.socket.settimeout(programs.DEADLINE)
        self.target = f"127.0.0.1:{self.socket.getsockname()[1]}"
        self.connections = []

    def wait(self):
        self.connections.append(self.socket.accept()[0])
        assert self.connections[-1].recv(1) == b"\x16"  # a handshake record

    def close(self):
        for connection in [*self.connections, self.socket]:
            connection.close()


class Backoff(Place):
    """The server has asked to wait for an hour; no worker runs."""

    def open(self):
        for endpoint in ("contexts", "refresh"):
            self.agent.cloud.fault(endpoint, "status", 503, "--retry-after", 3600)

    def wait(self):
        self.agent.wait_for(lambda r: r["attempt"] == 1 and not r["running"] and "nextAttempt" in r, "a pause")


PLACES = {"dns": Dns, "connect": Connect, "tls": Tls, "backoff": Backoff}
OF_A_WORKER = ["dns", "connect", "tls"]
