"""Files of the daemon, seen by strace: none is truncated and rewritten, and none is open to others."""

import os
import re
import stat

import pytest

from support.listener import listen, passing

CALLS = "openat,open,creat,truncate,ftruncate,chmod,fchmod,fchmodat,mkdir,mkdirat,umask,bind,listen,unlink,unlinkat,rename"
# A leak can't be looked for under another tracer.
NO_LEAK_CHECK = {"ASAN_OPTIONS": "detect_leaks=0"}


@pytest.fixture(name="traced")
def make_traced(idle):
    """An agent under strace and a umask that takes nothing away; calls() are the finished calls so far."""
    trace = idle.folder / "trace"
    strace = ["strace", "-qq", "-e", f"trace={CALLS},renameat,renameat2,linkat", "-o", str(trace)]

    def start(prefix=(), **more):
        umask = ["sh", "-c", 'umask 0; exec "$@"', "sh"]
        idle.start(prefix=[*umask, *strace, *prefix], env=NO_LEAK_CHECK, **more)
        if idle.pid == idle.process.pid:
            # The peer of a passed socket is its maker: the daemon is the child of strace.
            (idle.pid,) = idle.workers()

    idle.start_traced = start
    idle.calls = lambda: [re.match(r"(\w+)\((.*)\) += (-?\w+)", line).groups() for line in trace.read_text().splitlines()]
    return idle


def live(agent):
    """Lets the daemon write most of its files, with a reload in between."""
    registration = agent.register()
    agent.hup()
    agent.call("Renew")
    agent.wait_for(lambda r: r["certificate"]["serial"] != registration["certificate"]["serial"], "a renewal")
    agent.call("Deregister")
    agent.wait_state("unregistered")


@pytest.mark.complaint("state: a file is truncated and then written anew")
def test_no_file_is_emptied_to_be_written_anew(traced):
    traced.start_traced()
    live(traced)
    assert traced.stop() == 0
    opened = [arguments for name, arguments, _ in traced.calls() if name in ("openat", "open", "creat")]
    state = [arguments for arguments in opened if str(traced.state_directory) in arguments or "state.json" in arguments]
    assert any("O_CREAT" in arguments for arguments in state)
    assert [arguments for arguments in opened if "O_TRUNC" in arguments] == []
    assert not any(name == "creat" for name, _, _ in traced.calls())
    config = [arguments for arguments in opened if str(traced.config.path) in arguments]
    assert config
    assert all("O_RDONLY" in arguments for arguments in config)


@pytest.mark.complaint("state: a key file is created readable for all and closed later")
def test_what_is_made_is_closed_to_others_from_its_first_moment(traced):
    """No mode is left to the umask or changed later."""
    traced.start_traced()
    live(traced)
    assert stat.S_IMODE(traced.state_directory.stat().st_mode) == 0o700
    for path in traced.state_directory.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert traced.stop() == 0
    made = [arguments for name, arguments, _ in traced.calls() if name in ("openat", "open") and "O_CREAT" in arguments]
    assert len(made) > 5
    assert {arguments.rsplit(", ", 1)[1] for arguments in made} == {"0600"}
    folders = [arguments for name, arguments, result in traced.calls() if name in ("mkdir", "mkdirat") and result == "0"]
    assert folders
    assert {arguments.rsplit(", ", 1)[1] for arguments in folders} == {"0700"}
    assert not [name for name, _, _ in traced.calls() if name.endswith("chmod") or name.startswith("fchmod")]


@pytest.mark.complaint("socket: the socket is open to all until its mode is changed")
@pytest.mark.parametrize("mode", [0o600, 0o660, 0o666])
def test_the_mode_of_the_socket_holds_from_the_moment_it_is_there(traced, mode):
    traced.config.write(api__socket_mode=f"0{mode:o}")
    traced.start_traced()
    assert stat.S_IMODE(traced.socket.stat().st_mode) == mode
    assert traced.stop() == 0
    calls = [(name, arguments) for name, arguments, _ in traced.calls()]
    at = next(i for i, (name, arguments) in enumerate(calls) if name == "bind" and traced.socket.name in arguments)
    masks = [int(arguments, 8) for name, arguments in calls[:at] if name == "umask"]
    assert 0o777 & ~masks[-1] == mode
    # It listens only after the mode is right.
    assert calls[at - 1][0] == "umask"
    assert "listen" in [name for name, _ in calls[at:]]
    assert not [name for name, _ in calls if "chmod" in name]


@pytest.mark.complaint("socket: a socket that systemd made is removed")
def test_a_socket_that_systemd_made_is_not_removed(traced):
    with listen(traced.socket) as listener:
        passed = passing("varlink", listener)
        traced.start_traced(**passed)
        live(traced)
        assert traced.stop() == 0
        assert os.path.lexists(traced.socket)
    at_socket = [(name, arguments) for name, arguments, _ in traced.calls() if f'{traced.socket}"' in arguments]
    assert at_socket == []
    assert any(name.startswith("rename") for name, _, _ in traced.calls())
