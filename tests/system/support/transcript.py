"""The dialogues in tests/transcripts, whose format its README describes."""

import collections
import re

from support.programs import ROOT
from support.terminal import normal

FOLDER = ROOT / "tests" / "transcripts"
NAMES = sorted(path.stem for path in FOLDER.glob("*.txt"))
DATE = (
    "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) "
    r"[ 0-9][0-9] [0-9:]{8} \d{4} GMT"
)

# An answer typed after a prompt; a command of a dialogue with its answers and the output after the last one.
Answer = collections.namedtuple("Answer", "prompt typed")
Command = collections.namedtuple("Command", "name answers result")


class Transcript:
    """given is a list of statements, answers the typed lines, lines the screen at the end."""

    def __init__(self, name, host, change=str):
        self.given, self.answers, self.lines, self.commands = [], [], [], []
        for line in (FOLDER / f"{name}.txt").read_text().splitlines():
            line = line.replace("{host}", host)
            if line.startswith("# given: "):
                self.given += line[len("# given: ") :].split(", ")
            elif "<<" in line:
                prompt, _, typed = line.partition("<<")
                self._type(prompt, change(typed.strip()), host)
            else:
                self.lines.append(line)
                self.commands[-1].result.append(line)
        self.lines = normal(self.lines)

    def _type(self, prompt, typed, host):
        self.answers.append(Answer(prompt, typed))
        self.lines.append((prompt + typed).rstrip())
        if prompt.startswith(host):
            self.commands.append(Command(typed, [], []))
        else:
            self.commands[-1].answers.append(typed)
            self.commands[-1].result.clear()


def assert_lines(seen, expected):
    """Compares line by line; {date} is any time of the right form."""
    pattern = [re.escape(line).replace(r"\{date\}", DATE) for line in expected]
    for number, (line, one) in enumerate(zip(seen, pattern)):
        assert re.fullmatch(one, line), f"line {number + 1}: {line!r} is not {expected[number]!r}\n" + "\n".join(seen)
    assert len(seen) == len(expected), "\n".join(seen)
