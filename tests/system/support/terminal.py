"""A person at a terminal: runs a program in a pseudo-terminal and reads its screen."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time

from support import programs

SEQUENCE = re.compile(rb"\x1b\[([0-9]*)([A-Za-z@])")
COLUMNS = 400


class Screen:
    """The lines of a terminal, as far as a line editor needs them."""

    def __init__(self):
        self.lines = [""]
        self.column = 0
        self._rest = b""

    def feed(self, data):
        data = self._rest + data
        at = 0
        while at < len(data):
            if data[at : at + 1] == b"\x1b":
                match = SEQUENCE.match(data, at)
                if not match:
                    break
                self._sequence(match.group(2), int(match.group(1) or 1))
                at = match.end()
            else:
                at = self._character(data, at)
                if at is None:
                    break
        self._rest = data[at:] if at is not None else self._rest

    def _character(self, data, at):
        byte = data[at]
        if byte == 0x0D:
            self.column = 0
        elif byte == 0x0A:
            self.lines.append("")
        elif byte == 0x08:
            self.column = max(0, self.column - 1)
        elif byte >= 0x20:
            size = 1 if byte < 0x80 else 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
            self._put(data[at : at + size].decode(errors="replace"))
            return at + size
        return at + 1

    def _put(self, text):
        line = self.lines[-1].ljust(self.column)
        self.lines[-1] = line[: self.column] + text + line[self.column + 1 :]
        self.column += 1

    def _sequence(self, kind, number):
        line = self.lines[-1]
        if kind == b"G":
            self.column = number - 1
        elif kind == b"C":
            self.column += number
        elif kind == b"D":
            self.column = max(0, self.column - number)
        elif kind == b"K":
            self.lines[-1] = line[: self.column]
        elif kind == b"P":
            self.lines[-1] = line[: self.column] + line[self.column + number :]
        elif kind == b"@":
            self.lines[-1] = line[: self.column] + " " * number + line[self.column :]
        else:
            raise AssertionError(f"the screen does not know the sequence {kind!r}")


class Terminal:
    """A program at a terminal of its own; used as a context, which ends it."""

    def __init__(self, *command, env=None):
        self.screen = Screen()
        self.raw = b""
        self.status = None
        self._row = 0
        command = programs.bound_to_us(*command)
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            try:
                # Set before the program asks for it.
                fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 50, COLUMNS, 0, 0))
                os.execvpe(command[0], command, programs.environment(TERM="xterm", **(env or {})))
            finally:
                os._exit(127)

    def __enter__(self):
        return self

    def __exit__(self, *failure):
        os.close(self.fd)
        if self.status is None:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        programs.assert_sane(self.raw.decode(errors="replace"), "a program at a terminal")

    def _read(self, seconds):
        if not select.select([self.fd], [], [], seconds)[0]:
            return False
        try:
            data = os.read(self.fd, 65536)
        except OSError:
            data = b""
        self.raw += data
        self.screen.feed(data)
        return bool(data)

    def _until(self, condition, what):
        end = time.monotonic() + programs.DEADLINE
        while not condition():
            more = self._read(max(0, end - time.monotonic()))
            assert more or condition(), f"this did not appear: {what}\n" + "\n".join(self.screen.lines)

    def wait(self, prompt):
        """Waits until the cursor is behind a new prompt."""
        self._until(
            lambda: len(self.screen.lines) > self._row and self.screen.lines[-1].rstrip() == prompt.rstrip(),
            f"the prompt {prompt!r}",
        )

    def wait_text(self, text):
        """Waits until the line of the cursor is this text."""
        self._until(lambda: self.screen.lines[-1].rstrip() == text, f"the line {text!r}")

    def send(self, text):
        """Types without waiting."""
        os.write(self.fd, text.encode())

    def type(self, prompt, text, end="\r"):
        """Waits for the prompt and types an answer."""
        self.wait(prompt)
        self._row = len(self.screen.lines)
        self.send(text + end)

    def finish(self):
        """Waits for the end of the program and returns its exit code."""
        while self._read(programs.DEADLINE):
            pass
        _, status = os.waitpid(self.pid, 0)
        self.status = os.waitstatus_to_exitcode(status)
        return self.status

    def lines(self):
        return normal(self.screen.lines)


def normal(lines):
    """Removes blanks at the ends of lines, and repeated blank lines."""
    result = []
    for line in (line.rstrip() for line in lines):
        if line or (result and result[-1]):
            result.append(line)
    while result and not result[-1]:
        result.pop()
    return result
