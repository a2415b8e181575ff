"""The programs under test: their paths, their environment, and the reports of a sanitizer."""

import os
import re
import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
BUILD = Path(os.environ.get("BUILD", ROOT / "build")).resolve()

# A safety net only: an expected event comes long before.
DEADLINE = 30

SANITIZER = re.compile(r"^.*(?:AddressSanitizer|LeakSanitizer|MemorySanitizer|runtime error:).*$", re.M)


def program(name):
    path = BUILD / name
    assert path.exists(), f"{path} is missing: build first, or name the folder in $BUILD"
    return str(path)


def environment(**more):
    """Returns a small environment: variables of the shell must not change a result."""
    kept = {key: value for key, value in os.environ.items() if key.endswith("SAN_OPTIONS")}
    return {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", **kept, **more}


def assert_sane(text, of):
    report = SANITIZER.search(text)
    assert not report, f"a sanitizer reported about {of}: {report.group(0)}\n{text[-4000:]}"


def run(*command, **options):
    """Runs a program to its end; its output is text."""
    options = {"env": environment(), "timeout": DEADLINE, "stdin": subprocess.DEVNULL, **options}
    if "input" in options:
        del options["stdin"]
    result = subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, errors="replace", check=False, **options
    )
    assert_sane(result.stderr, command[0])
    return result


def children(pid):
    """Returns the pids of the children of a process with one thread."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]


def bound_to_us(*command):
    """Returns the command with a prefix that ends it if the test run is killed."""
    return ["setpriv", "--pdeathsig", "TERM", *[str(part) for part in command]]


def until(condition, what):
    """Waits for a condition and returns its value; fails after the deadline."""
    end = time.monotonic() + DEADLINE
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < end, f"this did not happen: {what}"
        time.sleep(0.005)


def is_alive(pid):
    """Whether a process runs: it is there and no zombie."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as stat:
            return stat.read().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False
