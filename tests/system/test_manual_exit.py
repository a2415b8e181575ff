"""EXIT STATUS of the manuals: exactly the codes that the programs end with; each is seen here."""

import re

import pytest

from support import manuals, programs
from support.listener import listen, passing

HEADER = (programs.ROOT / "include/threatresponse.h").read_text()


def listed(page):
    return [int(head) for head, _ in manuals.items(manuals.section(manuals.read(page), "EXIT STATUS"))]


def codes(program, runs):
    found = []
    for run in runs:
        options = run[-1] if isinstance(run[-1], dict) else {}
        words = run[: len(run) - bool(options)]
        found.append(programs.run(programs.program(program), *words, **options).returncode)
    return found


def test_exit_status_of_the_daemon(tmp_path):
    good, wrong = tmp_path / "good", tmp_path / "wrong"
    good.write_text("")
    wrong.write_text("nothing = { };\n")
    runs = [
        ["--config", good, "--check-config"],
        ["--config", good, "--state-directory", good / "state", "--socket", tmp_path / "socket"],
        ["--no-such-option"],
        ["--config", wrong],
    ]
    assert codes("threatresponsed", runs) == [0, 1, 2, 78]
    # With a socket of systemd it waits for the state directory.
    with listen(tmp_path / "held") as listener:
        held = passing("varlink", listener)
        command = [programs.program("threatresponsed"), "--config", good, "--state-directory", good / "state"]
        waiting = programs.run(*held["prefix"], *command, "--socket", tmp_path / "held", pass_fds=held["pass_fds"])
    assert waiting.returncode == 75
    assert listed("threatresponsed.8") == [0, 1, 2, 75, 78]


@pytest.mark.parametrize("wrong", [["--no-such-option"], ["word"], ["--log-level", "loud"]])
def test_exit_status_of_the_worker(wrong):
    runs = [[{"input": ""}], [{"input": "this is no call"}], wrong]
    assert codes("threatresponse-worker", runs) == listed("threatresponse-worker.8") == [0, 1, 2]


def test_exit_status_of_the_sandbox(tmp_path):
    missing = tmp_path / "missing"
    runs = [["--version"], ["devices", "--directory", missing], ["devices"]]
    assert codes("trsandbox", runs) == listed("trsandbox.1") == [0, 1, 2]


def test_exit_status_of_trctl():
    """The codes are the classes of the library; the usage lists them, too."""
    classes = re.findall(r"^    TR_CLASS_\w+ = (\d+),", HEADER, re.M)
    usage = programs.run(programs.program("trctl"), "help").stdout
    named = re.findall(r"\b(\d) [a-z]", usage[usage.index("Exit codes:") :])
    assert [str(code) for code in listed("trctl.1")] == named == ["0", *classes]
