"""strace as the hand that breaks things: which system calls a program makes, one of them made fatal or faulty, and the
order in which they came."""

import collections
import re

# Calls with an effect that others see or that outlives the process. "?": not on every architecture.
SYSCALLS = (
    "write,writev,pwrite64,ftruncate,?rename,renameat,?renameat2,?link,linkat,?unlink,unlinkat,"
    "fsync,fdatasync,sendto,sendmsg,sendmmsg,?mkdir,mkdirat"
)
SENDING = {"sendto", "sendmsg", "sendmmsg"}

CALL = re.compile(r"^(\w+)\((.*)")

# The number-th call of a system call, counted from 1 in the life of the process.
Point = collections.namedtuple("Point", "syscall number")


def command(trace, *injections):
    """strace in front of a program."""
    options = [word for injection in injections for word in ("-e", injection)]
    return ["/usr/bin/strace", "-qq", *options, "-e", f"trace={SYSCALLS}", "-o", str(trace)]


def kill_at(point):
    return f"inject={point.syscall}:signal=KILL:when={point.number}"


def fail_at(point, error, for_good=False):
    return f"inject={point.syscall}:error={error}:when={point.number}{'+' if for_good else ''}"


def calls(trace):
    """Yields each call of a trace: its name, and the rest of the line."""
    with open(trace, encoding="ascii", errors="replace") as lines:
        return [match.groups() for match in map(CALL.match, lines) if match]


def points(trace):
    """Returns the points of a trace in order."""
    seen = collections.Counter()
    found = []
    for syscall, _ in calls(trace):
        seen[syscall] += 1
        found.append(Point(syscall, seen[syscall]))
    return found


def injected(trace):
    """Returns the calls with an injected fault."""
    return [one for one in calls(trace) if "(INJECTED)" in one[1]]


def is_part_of_a_save(syscall, rest):
    """True if a failure of the call keeps the state from being saved. A program that can't be dumped hides the
    names from a tracer that isn't root, so descriptors are told apart by their numbers."""
    if syscall == "write":
        return not rest.startswith(("1,", "2,"))
    return syscall in ("fsync", "linkat", "renameat")


def saves(trace):
    """Checks that each save writes, syncs, links, renames and syncs the directory, in that order, and that nothing is
    sent or written in between. Returns how many saves there were."""
    return check_order([(syscall, rest.split(",")[0].split(")")[0]) for syscall, rest in calls(trace)])


def check_order(sequence):
    """Does the work of saves() on pairs of a system call and its first argument."""
    count = 0
    for at, (syscall, directory) in enumerate(sequence):
        if syscall != "renameat":
            continue
        before = list(reversed(sequence[:at]))
        assert before[0] == ("linkat", directory), f"no second name for the old file before the rename: {before[:4]}"
        name, file = before[1]
        assert name == "fsync", f"the file is not synced before it gets its place: {before[:4]}"
        assert before[2] == ("write", file), f"what was synced is not what was written: {before[:4]}"
        assert sequence[at + 1 : at + 2] == [("fsync", directory)], (
            f"the directory is not synced at once: {sequence[at : at + 3]}"
        )
        count += 1
    return count
