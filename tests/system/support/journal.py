"""A journal of the test: a socket in place of the journal's, and the entries that it received."""

import os
import socket

from support import namespace, programs


def parse(data):
    """Parses an entry of the journal's native protocol: lines NAME=value, or NAME, a length and the value."""
    entry = {}
    while data:
        line, _, data = data.partition(b"\n")
        name, equals, value = line.partition(b"=")
        if not equals:
            size = int.from_bytes(data[:8], "little")
            value, data = data[8 : 8 + size], data[8 + size + 1 :]
        entry[name.decode()] = value.decode()
    return entry


class Journal:
    """Listens in agent.folder/journal; start() starts the agent with it."""

    def __init__(self, agent):
        self.agent = agent
        folder = agent.folder / "journal"
        folder.mkdir()
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        # The path may be too long for an address.
        descriptor = os.open(folder, os.O_PATH | os.O_DIRECTORY)
        self.socket.bind(f"/proc/self/fd/{descriptor}/socket")
        os.close(descriptor)
        self.socket.setblocking(False)
        self.entries = []

    def start(self, prefix=()):
        """Makes the daemon believe that the journal reads its log file."""
        self.agent.log_file.touch()
        info = self.agent.log_file.stat()
        stream = {"JOURNAL_STREAM": f"{info.st_dev}:{info.st_ino}"}
        self.agent.start(prefix=[*prefix, *namespace.journal(self.agent.folder)], env=stream)

    def restart(self, prefix=()):
        assert self.agent.stop() == 0
        self.start(prefix)

    def read(self):
        """Returns all entries so far."""
        try:
            while True:
                self.entries.append(parse(self.socket.recv(1 << 20)))
        except BlockingIOError:
            return self.entries

    def events(self, name=None):
        return [entry for entry in self.read() if name in (None, entry["TR_EVENT"])]

    def names(self):
        return [entry["TR_EVENT"] for entry in self.read()]

    def wait(self, name, number=1):
        """Waits for a number of entries of an event, and returns the last."""
        programs.until(lambda: len(self.events(name)) >= number, f"the event {name}, {self.names()}")
        return self.events(name)[-1]

    def close(self):
        self.socket.close()
