"""A network of its own with a name server that answers some questions only: for workers that look names up there."""

import socket
import struct
import sys
import threading

from support import namespace, programs

# Brings the loopback interface up, and passes a socket for questions and one for connections.
LAUNCHER = """
import fcntl, os, socket, struct, sys
names = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
SIOCSIFFLAGS, IFF_UP = 0x8914, 1
fcntl.ioctl(names, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP))
names.bind(("0.0.0.0", 53))
server = socket.create_server(("::", 443), family=socket.AF_INET6, dualstack_ipv6=True)
socket.send_fds(socket.socket(fileno=int(sys.argv[1])), [b"."], [names.fileno(), server.fileno()])
os.execvp(sys.argv[2], sys.argv[2:])
"""

A, AAAA = 1, 28
ADDRESSES = {A: socket.inet_pton(socket.AF_INET, "127.0.0.1"), AAAA: socket.inet_pton(socket.AF_INET6, "::1")}
# As answers: the address; there is none; no answer comes.
YES, NO, SILENCE = "yes", "no", "silence"


class NameServer:
    """Used as a context around the worker that runs behind prefix; three servers are configured, as many as glibc asks.
    answers is by the type of the question; open() waits for the worker's network and returns the socket for connections."""

    def __init__(self, folder, **answers):
        self.answers = {A: answers["a"], AAAA: answers["aaaa"]}
        self.asked = []
        resolv, nsswitch = folder / "resolv.conf", folder / "nsswitch.conf"
        resolv.write_text("".join(f"nameserver 127.0.0.{n}\n" for n in (1, 2, 3)))
        nsswitch.write_text("passwd: files\ngroup: files\nhosts: dns\n")
        script = 'mount --bind "$0" /etc/resolv.conf; mount --bind "$1" /etc/nsswitch.conf; shift'
        self.ours, theirs = socket.socketpair()
        self.theirs = theirs
        self.prefix = namespace.prefix(script, resolv, nsswitch, also=["--net"])
        self.prefix += [sys.executable, "-c", LAUNCHER, str(theirs.fileno())]

    def __enter__(self):
        return self

    def open(self):
        self.theirs.close()
        self.ours.settimeout(programs.DEADLINE)
        _, (names, server), _, _ = socket.recv_fds(self.ours, 1, 2)
        self.socket, self.ended = socket.socket(fileno=names), False
        self.socket.settimeout(0.1)
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()
        return socket.socket(fileno=server)

    def __exit__(self, *_):
        self.ours.close()
        self.ended = True
        self.thread.join(programs.DEADLINE)
        self.socket.close()

    def serve(self):
        while not self.ended:
            try:
                question, client = self.socket.recvfrom(512)
            except TimeoutError:
                continue
            end = question.index(b"\0", 12) + 1
            (kind,) = struct.unpack_from(">H", question, end)
            self.asked.append(kind)
            what = self.answers.get(kind, NO)
            if what != SILENCE:
                self.socket.sendto(answer(question[:end + 4], ADDRESSES[kind] if what == YES else None), client)


def answer(question, address):
    """An answer with one address or none: the header (RFC 1035, 4.1.1), the question, the record."""
    head = question[:2] + struct.pack(">HHHHH", 0x8180, 1, 1 if address else 0, 0, 0)
    record = b""
    if address:
        kind = question[-4:-2]
        record = b"\xc0\x0c" + kind + b"\0\1" + struct.pack(">IH", 60, len(address)) + address
    return head + question[12:] + record
