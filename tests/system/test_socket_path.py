"""The path of the socket: its mode and group, and what stands in its way."""

import os
import re
import stat

import pytest

from support import programs

ROOT = os.geteuid() == 0
OTHER = 65534 if ROOT else os.geteuid()


@pytest.mark.complaint("socket: the socket is open to all until its mode is changed")
@pytest.mark.parametrize("mode", ["0600", "0660", "0666"])
def test_mode(idle, mode):
    idle.config.write(api__socket_mode=mode)
    idle.start()
    assert stat.S_IMODE(idle.socket.stat().st_mode) == int(mode, 8)


@pytest.mark.complaint("socket: a missing permission and a missing daemon are reported as EOF")
def test_who_has_no_permission_is_told(idle):
    idle.config.write(api__socket_mode="0600")
    idle.start()
    if ROOT:
        trctl = idle.folder / "trctl"
        trctl.write_bytes(open(programs.program("trctl"), "rb").read())
        trctl.chmod(0o755)
        result = programs.run(
            "setpriv", f"--reuid={OTHER}", f"--regid={OTHER}", "--clear-groups", "./trctl", "--socket", "agent.sock",
            "status", cwd=idle.folder,
        )  # fmt: skip
    else:
        idle.socket.chmod(0)
        result = idle.ctl("status")
    assert result.returncode == 4
    assert "You have no permission to use the socket" in result.stderr


@pytest.mark.complaint("socket: a stale socket keeps the daemon from starting")
def test_a_stale_socket_is_replaced(agent):
    assert agent.kill() == -9
    assert agent.socket.exists()
    result = agent.ctl("status")
    assert result.returncode == 3
    assert "nobody listens on" in result.stderr
    agent.start()
    assert agent.status()["version"]
    assert agent.stop() == 0
    assert not agent.socket.exists()
    agent.start()


@pytest.mark.complaint("socket: a stale socket keeps the daemon from starting")
def test_a_second_daemon_is_refused(agent):
    result = programs.run(*agent.command())
    assert (result.returncode, result.stderr) == (
        1,
        f"Can't use the state directory {agent.state_directory}: another threatresponsed uses it\n",
    )
    other = agent.command()
    other[other.index("--state-directory") + 1] = agent.folder / "other"
    result = programs.run(*other)
    assert (result.returncode, result.stderr) == (
        1,
        f"Can't listen at {agent.socket}: another daemon answers there\n",
    )
    assert agent.socket.exists()
    assert agent.status()["version"]


@pytest.mark.complaint("socket: a file that is no socket is removed from the socket's path")
@pytest.mark.parametrize("kind", ["file", "directory", "link"])
def test_what_is_no_socket_is_kept(idle, kind):
    if kind == "file":
        idle.socket.write_text("precious")
    elif kind == "directory":
        idle.socket.mkdir()
    else:
        idle.socket.symlink_to(idle.folder / "elsewhere")
    result = programs.run(*idle.command())
    assert (result.returncode, result.stderr) == (
        1,
        f"Can't listen at {idle.socket}: a file that is not a socket is in the way\n",
    )
    assert os.path.lexists(idle.socket)
    assert kind != "file" or idle.socket.read_text() == "precious"


def test_a_path_that_is_too_long(idle):
    path = idle.folder / ("x" * 108)
    command = idle.command()
    command[command.index("--socket") + 1] = path
    result = programs.run(*command)
    assert result.returncode == 1
    assert result.stderr == f"Can't listen at {path}: File name too long\n"


def test_unknown_group(idle):
    idle.config.write(api__socket_group="no-such-group")
    result = programs.run(*idle.command())
    assert result.returncode == 1
    fault, end = result.stderr.splitlines()
    assert re.fullmatch(
        rf'{idle.config.path}:\d+: api.socket_group: found "no-such-group", allowed is the name of a group of this machine', fault
    )
    assert end == f"Can't listen at {idle.socket}: the group of api.socket_group does not exist"
    assert not idle.socket.exists()
