"""The powers of an attacker in a program, by the table of docs/security.md."""

import re

from support import documents

TITLE = "What a process that is taken over can do"
# In the order of the table's columns.
KINDS = ("daemon", "daemon in its unit", "worker", "worker in its unit")
# Landlock fails with EACCES (EPERM for a tracer, a signal or an abstract socket; EXDEV for a link), the filter of system calls with
# ENOSYS.
REFUSED = {"EACCES", "ENOSYS", "EPERM", "EXDEV"}
# A unit also hides files, mounts the rest read-only, and drops packets to some addresses.
REFUSED_IN_UNIT = REFUSED | {"ENOENT", "EROFS", "EINPROGRESS"}
SCOPED = (6, 12)


def table():
    """Returns the attempts, each with the words of its row for each kind."""
    rows = re.findall(r"^\| (.*) \|$", documents.section(documents.read("security.md"), TITLE), re.M)
    cells = {}
    for row in rows[2:]:
        what, *words = row.split(" | ")
        for name in re.findall(r"`(\w+)`", what):
            assert name not in cells, f"{name} is in two rows"
            assert len(words) == len(KINDS), row
            cells[name] = dict(zip(KINDS, words))
    return cells


def results(text):
    """Returns what the attempts wrote into a log, by their names."""
    assert "attempts are over" in text, text
    return dict(re.findall(r"attempt (\w+): (\w+)$", text, re.M))


def is_as_said(word, result, refused, release):
    """Compares a result with a word of the table."""
    if word == "before Linux 6.12":
        word = "no" if tuple(int(part) for part in re.findall(r"\d+", release)[:2]) >= SCOPED else "yes"
    # At the port of a service that isn't there, an attempt gets through, too.
    return result in refused if word == "no" else word == "yes" and result in ("done", "ECONNREFUSED")


def differences(kind, found, release):
    """Returns what is not as the table says for a kind of program on a release of Linux: name, word and result."""
    refused = REFUSED_IN_UNIT if "unit" in kind else REFUSED
    said = {name: words[kind] for name, words in table().items()}
    wrong = [(name, said[name], found[name]) for name in said.keys() & found.keys()
             if not is_as_said(said[name], found[name], refused, release)]
    return sorted(wrong) + [(name, said.get(name), found.get(name)) for name in sorted(said.keys() ^ found.keys())]
