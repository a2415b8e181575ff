"""Token, enrolment credential and keys are only where they are needed, and as long."""

import base64
import os
import re
import signal
import stat
import subprocess

import pytest

from support import programs
from support.cloud import STEPS

TOKEN = "a-token-of-the-portal-12345"


def processes_with(secret):
    """Returns processes with the secret in their command line or environment."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        for name in ("cmdline", "environ"):
            try:
                with open(f"/proc/{pid}/{name}", "rb") as file:
                    if secret.encode() in file.read():
                        found.append((int(pid), name))
            except OSError:
                pass  # ended, or unreadable for users like us
    return found


def files_with(agent, secret):
    """Returns files of the test's folder that hold the secret, without those of the cloud."""
    return [
        path.relative_to(agent.folder).as_posix()
        for path in sorted(agent.folder.rglob("*"))
        if path.is_file() and agent.cloud.directory not in path.parents and secret.encode() in path.read_bytes()
    ]


@pytest.mark.complaint("secrets: the list of processes shows the token, as an argument or in the environment")
@pytest.mark.complaint("secrets: the token is in the log, in a core dump, or in a file that others can read")
@pytest.mark.complaint("socket: a reply contains a secret")
@pytest.mark.parametrize("step", STEPS[1:])
def test_token_during_the_registration(idle, cloud, step):
    idle.start("--log-level", "debug", env={"TMPDIR": str(idle.folder)})
    idle.enable()
    token = cloud.token()
    cloud.hold(step)
    result = idle.ctl("register", input=token)
    idle.wait_step(step)
    assert processes_with(token) == []
    assert files_with(idle, token) == (["state/state.json"] if step in ("context", "activation") else [])
    assert token not in result.stdout + result.stderr
    assert token not in idle.ctl("status").stdout + idle.ctl("status", "--json").stdout
    for text in (cloud.log.read_text(), cloud.errors.read_text()):
        assert token not in text


@pytest.mark.complaint("enrolment: the token stays on disk after the registration")
def test_after_the_registration(idle, cloud):
    idle.start("--log-level", "debug")
    idle.enable()
    token = cloud.token()
    cloud.hold("certificate")
    idle.begin_registration(token)
    idle.wait_step("certificate")
    secret = idle.saved()["enrollment"]["secret"]
    assert files_with(idle, secret) == ["state/state.json"]
    assert processes_with(secret) == []
    idle.kill()
    cloud.clear()
    idle.start("--log-level", "debug")
    idle.wait_state("registered")
    for gone in (token, secret):
        assert files_with(idle, gone) == []
        assert processes_with(gone) == []


@pytest.mark.complaint("secrets: a message shows a secret that a server repeated")
@pytest.mark.parametrize(
    "status, code, reason", [(403, "token_invalid", "token_rejected"), (500, "fault", "server_error")]
)
def test_a_cloud_that_repeats_the_token(idle, cloud, status, code, reason):
    idle.start("--log-level", "debug")
    idle.enable()
    token = cloud.token()
    cloud.fault("activations", "echo", status, "--code", code)
    idle.begin_registration(token)
    failure = idle.wait_failure(reason, "activation")["lastFailure"]
    assert 'You sent nothing with {"token":"[secret]"}.' in failure["message"]
    # The state has it as long as the agent tries again.
    assert files_with(idle, token) == (["state/state.json"] if status == 500 else [])
    for text in (idle.ctl("status").stdout, idle.ctl("status", "--json").stdout, idle.log()):
        assert token not in text and "[secret]" in text


@pytest.mark.complaint("secrets: a message shows a secret that a server repeated")
@pytest.mark.parametrize("credential, seen", [("bearer", "Bearer [secret]"), ("basic", "Basic [secret]")])
def test_an_est_server_that_repeats_the_credential(idle, cloud, credential, seen):
    idle.start("--log-level", "debug")
    idle.enable()
    cloud.fault("activations", "credential", credential)
    cloud.hold("certificate")
    idle.begin_registration()
    idle.wait_step("certificate")
    enrollment = idle.saved()["enrollment"]
    idle.kill()
    cloud.clear()
    cloud.fault("simpleenroll", "echo", 401)
    idle.start("--log-level", "debug")
    failure = idle.wait_failure("est_rejected", "certificate")["lastFailure"]
    assert f"You sent {seen}" in failure["message"]
    pair = base64.b64encode(f"{enrollment.get('username')}:{enrollment['secret']}".encode()).decode()
    for secret in (enrollment["secret"], pair.rstrip("=")):
        assert files_with(idle, secret) == []
        assert secret not in idle.log() + idle.ctl("status", "--json").stdout


def test_the_key_is_nowhere_else(idle):
    idle.start("--log-level", "debug")
    idle.register()
    key = re.search(r"-----\n(\S+)", idle.saved()["privateKey"]).group(1)
    assert files_with(idle, key.replace("\n", "\\n")) == ["state/state.json"]
    status = idle.ctl("status", "--json").stdout
    assert key not in status and "PRIVATE KEY" not in status
    idle.call("Deregister")
    idle.wait_state("unregistered")
    assert files_with(idle, key) == []


@pytest.mark.complaint("secrets: the list of processes shows the token, as an argument or in the environment")
def test_token_while_trctl_waits(ready, cloud):
    """trctl holds the token in memory only, from reading it to the end of --wait."""
    token = cloud.token()
    cloud.hold("activation")
    file = ready.folder / "token"
    file.write_text(token + "\n")
    with open(ready.folder / "trctl.log", "wb") as log:
        waiting = subprocess.Popen(
            programs.bound_to_us(
                programs.program("trctl"), "--socket", ready.socket, "register", "--token-file", file, "--wait"
            ),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=programs.environment(),
        )
    ready.wait_step("activation")
    assert processes_with(token) == []
    file.unlink()
    assert files_with(ready, token) == ["state/state.json"]
    waiting.send_signal(signal.SIGTERM)
    assert waiting.wait(programs.DEADLINE) == -signal.SIGTERM
    # The registration goes on without trctl.
    assert ready.registration()["state"] == "registering"


@pytest.mark.complaint("secrets: the list of processes shows the token, as an argument or in the environment")
@pytest.mark.parametrize("arguments", [[TOKEN], ["--token", TOKEN], [f"--token={TOKEN}"]])
def test_a_token_as_argument_is_refused(ready, arguments):
    result = ready.ctl("register", *arguments)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.splitlines() == [
        "trctl: A token is not taken from the command line, since everybody could see it in the list of processes: "
        "use --token-file, standard input or the prompt.",
        'trctl: See "trctl help register".',
    ]
    assert TOKEN not in result.stderr
    assert ready.registration()["state"] == "unregistered"


@pytest.mark.complaint("enrolment: an empty token or an empty token file is accepted")
@pytest.mark.parametrize(
    "make, message",
    [
        (lambda path: None, "Can't read the token from {}: No such file or directory."),
        (lambda path: path.write_text(""), "There is no token in {}; --token-file FILE takes it from a file."),
        (lambda path: path.write_text(" \n"), "The token in {} is empty or has characters that no token has."),
        (lambda path: path.write_text("two\nlines-of-a-token"), "The token in {} is empty or has characters that no token has."),
        (lambda path: path.mkdir(), "Can't read the token from {}: Is a directory."),
    ],
    ids=["missing", "empty", "blank", "two lines", "directory"],
)
def test_bad_token_file(ready, make, message):
    path = ready.folder / "token"
    make(path)
    result = ready.ctl("register", "--token-file", path)
    assert result.returncode == 2
    assert result.stderr.splitlines()[0] == "trctl: " + message.format(path)


# Modes and limits


@pytest.mark.complaint("secrets: the token is in the log, in a core dump, or in a file that others can read")
@pytest.mark.complaint("state: a key file is created readable for all and closed later")
def test_modes(registered):
    assert stat.S_IMODE(registered.state_directory.stat().st_mode) == 0o700
    assert stat.S_IMODE(registered.state_file.stat().st_mode) == 0o600
    assert os.listdir(registered.state_directory) == ["state.json"]


@pytest.mark.complaint("secrets: the token is in the log, in a core dump, or in a file that others can read")
def test_a_state_file_that_others_can_read_is_closed(registered):
    assert registered.stop() == 0
    registered.state_file.chmod(0o644)
    registered.start()
    assert registered.registration()["state"] == "registered"
    assert stat.S_IMODE(registered.state_file.stat().st_mode) == 0o600


def core_limit(pid):
    with open(f"/proc/{pid}/limits", encoding="ascii") as limits:
        return re.search(r"^Max core file size +(\S+) +(\S+)", limits.read(), re.M).groups()


@pytest.mark.complaint("secrets: the token is in the log, in a core dump, or in a file that others can read")
def test_no_core_dumps(ready, cloud):
    cloud.hold("activation")
    ready.begin_registration()
    ready.wait_step("activation")
    (worker,) = ready.workers()
    for pid in (ready.pid, worker):
        assert core_limit(pid) == ("0", "0")
        # In /proc a process that can't be dumped belongs to root.
        assert os.stat(f"/proc/{pid}/environ").st_uid == 0


def test_the_worker_inherits_little(idle, cloud):
    """The worker inherits only the variables that it needs, and only the socket."""
    idle.start(env={"https_proxy": "http://127.0.0.1:9", "HTTPS_PROXY": "http://127.0.0.1:9", "SECRET": "x"})
    idle.enable()
    cloud.hold("activation")
    idle.begin_registration()
    idle.wait_step("activation")
    (worker,) = idle.workers()
    if os.geteuid() == 0:
        with open(f"/proc/{worker}/environ", "rb") as file:
            names = {entry.split(b"=")[0].decode() for entry in file.read().split(b"\0") if entry}
        assert names - {"ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS"} == {
            "LISTEN_PID",
            "LISTEN_FDS",
            "LISTEN_FDNAMES",
        }
    cloud.clear()
    idle.kill()
    idle.start(env={"https_proxy": "http://127.0.0.1:9", "HTTPS_PROXY": "http://127.0.0.1:9"})
    # Proxy variables of a shell don't reach a service.
    idle.wait_state("registered")
