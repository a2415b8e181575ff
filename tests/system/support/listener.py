"""Listening sockets, and how systemd passes them to a program."""

import socket
import sys

PASS = """
import os, sys
names, count = sys.argv[1], int(sys.argv[2])
given = [int(fd) for fd in sys.argv[3 : 3 + count]]
high = [os.dup2(fd, 100 + i) for i, fd in enumerate(given)]
for fd in given:
    os.close(fd)
for i, fd in enumerate(high):
    os.dup2(fd, 3 + i)
    os.close(fd)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(count))
if names != "-":
    os.environ["LISTEN_FDNAMES"] = names
os.execv(sys.argv[3 + count], sys.argv[3 + count :])
"""


def passing(names, *sockets):
    """Returns prefix and options that start a program with sockets passed as systemd does."""
    fds = [one.fileno() for one in sockets]
    return {"prefix": [sys.executable, "-c", PASS, names, len(fds), *fds], "pass_fds": fds}


def listen(path):
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(str(path))
    listener.listen()
    return listener
