"""A small socket unit with Accept=yes: runs a program for each connection and passes it as systemd does.

usage: activator.py SOCKET PROGRAM. Ends with its standard input; says "ready" when it listens.
"""

import os
import select
import signal
import socket
import sys


def serve(connection, program):
    """Executes the program with the connection as descriptor 3; runs in the child."""
    os.dup2(connection.fileno(), 3)
    os.set_inheritable(3, True)
    sanitizers = {key: value for key, value in os.environ.items() if key.endswith("SAN_OPTIONS")}
    os.execve(
        program,
        [program],
        {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "1", "LISTEN_FDNAMES": "varlink", **sanitizers},
    )


def main(path, program):
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(path)
    listener.listen()
    print("ready", flush=True)
    while True:
        readable, _, _ = select.select([listener, sys.stdin], [], [])
        if sys.stdin in readable:
            return
        connection, _ = listener.accept()
        if os.fork() == 0:
            listener.close()
            serve(connection, program)
        connection.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
