"""FILES of the manuals: what the programs write, seen by strace, and what they read."""

import re

import pytest

from support import manuals, programs, wire
from support.console import PROMPT


def names_made(trace):
    """Returns the names of files that calls of a trace created; the new name of a link or rename is the last one."""
    names = set()
    for line in trace.splitlines():
        strings = re.findall(r'"([^"]*)"', line)
        if strings and ("O_CREAT" in line or not line.startswith("openat")):
            names.add(strings[-1].rsplit("/", 1)[-1])
    return names


def files(page):
    return {head.removeprefix("Pa ") for head, _ in manuals.items(manuals.section(manuals.read(page), "FILES"))}


@pytest.mark.complaint("system: a new system image loses the identity because files lie elsewhere")
def test_every_file_of_the_daemon_is_in_its_manual_and_no_other(idle):
    """From a damaged state to a registered appliance."""
    trace = idle.folder / "trace"
    idle.state_directory.mkdir(mode=0o700)
    idle.state_file.write_text("damaged")
    idle.start(
        prefix=["strace", "-e", "trace=openat,linkat,renameat,renameat2,bind", "-o", trace],
        # A leak can't be looked for under another tracer.
        env={"ASAN_OPTIONS": "detect_leaks=0"},
    )
    idle.enable()
    idle.register()
    assert idle.stop() == 0

    made = names_made(trace.read_text())
    expected = {"/etc/threatresponsed.conf"}
    for name in made:
        if name.startswith(idle.socket.name):
            expected.add("/run/threatresponsed/org.threatresponse.agent" + name.removeprefix(idle.socket.name))
        elif name == "state.mark":
            expected.add("/var/lib/threatresponsed.mark")
        else:
            expected.add("/var/lib/threatresponsed/" + re.sub(r"corrupt-[0-9T]+Z?$", "corrupt-TIME", name))
    assert len(made) == len(expected) - 1
    # Made without a state directory only: test_start_with_faults.py.
    assert files("threatresponsed.8") == expected | {"/run/threatresponsed/org.threatresponse.agent.waiting"}


def test_files_of_the_daemon_are_where_the_manual_says():
    """Default paths of the daemon."""
    main = (programs.ROOT / "src/daemon/main.c").read_text().replace('" AGENT_INTERFACE', f'{wire.AGENT.name}"')
    known = re.findall(r'"(/[^"]+)"', main)
    assert len(known) == 3
    for path in files("threatresponsed.8"):
        assert any(path == one or path.startswith((one + "/", one + ".")) for one in known)


def test_files_of_the_command(console):
    """Only a console at a terminal writes the history; the socket is the default of the library."""
    console.agent.start()
    with console.terminal() as terminal:
        terminal.type(PROMPT, "status")
        terminal.type(PROMPT, "exit")
        assert terminal.finish() == 0
    written = {f"~/{path.name}" for path in console.home.iterdir() if not path.is_symlink()}
    header = (programs.ROOT / "include/threatresponse.h").read_text()
    assert files("trctl.1") == written | {re.search(r'TR_SOCKET_PATH "([^"]+)"', header)[1]}
