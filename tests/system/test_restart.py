"""Daemon, worker and sandbox end at each step; the registration goes on with the same identity and token."""

import contextlib
import os
import signal

import pytest

from support import programs
from support.cloud import CLOUD_STEPS, ENDPOINTS, STEPS

HOLDING_WORKER = """#!/bin/sh
# Waits as long as the file is there, then is the worker: the step "key" asks no cloud that could wait.
while [ -e {hold} ]; do sleep 0.01; done
exec {worker} "$@"
"""


@pytest.fixture(name="stopping")
def make_stopping(idle):
    """An enabled agent whose registration stays at the step that hold(step) names, until release()."""
    worker = idle.folder / "worker"
    file = idle.folder / "hold"
    worker.write_text(HOLDING_WORKER.format(hold=file, worker=programs.program("threatresponse-worker")))
    worker.chmod(0o755)
    idle.config.write(worker__address=str(worker))
    idle.start()
    idle.enable()

    def hold(step):
        if step == "key":
            file.touch()
        else:
            idle.cloud.hold(step)

    def release():
        file.unlink(missing_ok=True)
        idle.cloud.clear()

    idle.hold, idle.release = hold, release
    yield idle
    release()


def begin(agent, step):
    """Registers until the step and returns the saved registration."""
    agent.hold(step)
    agent.begin_registration()
    agent.wait_step(step)
    saved = agent.saved()
    assert saved["step"] == step
    return saved


def assert_resumed(agent, before):
    """The registration has succeeded with the earlier key and token, and the cloud has one device."""
    registration = agent.wait_state("registered")
    if "guid" in before:
        assert registration["guid"] == before["guid"]
        assert agent.saved()["privateKey"] == before["privateKey"]
    (device,) = agent.cloud.devices()
    assert device["guid"] == registration["guid"]
    assert device["certificateSerial"] == registration["certificate"]["serial"]


@pytest.mark.complaint("enrolment: a reboot loses a registration that waits")
@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("number, code", [(signal.SIGKILL, -9), (signal.SIGTERM, 0), (signal.SIGINT, 0)])
def test_daemon_ends_at_each_step(stopping, step, number, code):
    before = begin(stopping, step)
    (worker,) = stopping.workers()
    assert stopping.stop(number) == code
    # The running step is on disk as before, with the token as long as it is needed.
    assert stopping.saved() == before
    assert ("token" in before) == (step in ("key", "context", "activation"))
    assert stopping.socket.exists() == (code != 0)
    # The script that holds the step "key" doesn't notice that its caller is gone.
    if step == "key":
        stopping.release()
    programs.until(lambda: not programs.is_alive(worker), "the worker ends with the daemon")

    stopping.release()
    stopping.start()
    assert_resumed(stopping, before)


@pytest.mark.parametrize("step", STEPS)
def test_steps_that_are_done_are_not_repeated(stopping, step):
    begin(stopping, step)
    asked = len(stopping.cloud.requests())
    assert stopping.kill() == -9
    stopping.release()
    stopping.start()
    stopping.wait_state("registered")
    # The step itself and those after it. CSR attributes are asked for before any enrolment and are not kept.
    repeated = {one.path.rpartition("/")[2] for one in stopping.cloud.requests()[asked:]} - {"csrattrs"}
    assert repeated == {ENDPOINTS[later] for later in STEPS[STEPS.index(step) :] if later != "key"}


@pytest.mark.complaint("network: a server that comes back, or comes back elsewhere, is not found again")
@pytest.mark.parametrize("step", CLOUD_STEPS)
def test_sandbox_restarts_at_each_step(stopping, step):
    """The connection breaks in the middle, and the cloud is away for a moment."""
    before = begin(stopping, step)
    stopping.cloud.stop()
    registration = stopping.wait_for(lambda r: r["attempt"] >= 1)
    assert registration["step"] == step
    assert registration["lastFailure"]["reason"] in ("server_error", "connect_refused")
    # The release comes first: an attempt between the two would be held for ever.
    stopping.release()
    stopping.cloud.start()
    assert_resumed(stopping, before)


@pytest.mark.complaint("retry: memory and disk differ after a fault")
@pytest.mark.parametrize("step", STEPS)
def test_worker_dies_at_each_step(stopping, step):
    before = begin(stopping, step)
    (worker,) = stopping.workers()
    os.kill(worker, signal.SIGKILL)
    failure = stopping.wait_failure("worker_failed", step)["lastFailure"]
    assert failure["message"] == "The worker was ended by signal 9 (Killed) before it answered."
    assert failure["permanent"] is False
    stopping.release()
    # An attempt before the release is held for ever: its worker must die, too.
    for worker in stopping.workers():
        with contextlib.suppress(ProcessLookupError):
            os.kill(worker, signal.SIGKILL)
    assert_resumed(stopping, before)


@pytest.mark.parametrize(
    "script, message",
    [
        ("exit 7", "The worker ended with exit code 7 before it answered."),
        ("kill -SEGV $$", "The worker was ended by signal 11 (Segmentation fault) before it answered."),
        (r"printf 'no json\0' >&3; sleep 60", "The worker sent something that is not a reply."),
        (r"printf '{}\0{}\0' >&3; sleep 60", "The worker sent more than it was asked for."),
        ("printf '{\"parameters\":{}}\\0' >&3; sleep 60", "The worker's reply is malformed."),
        (
            "printf '{\"error\":\"org.varlink.service.MethodNotFound\",\"parameters\":{}}\\0' >&3; sleep 60",
            "The worker answered GenerateKey with the error org.varlink.service.MethodNotFound.",
        ),
        ("exec 3>&-; sleep 60", "The worker was ended by signal 9 (Killed) before it answered."),
        ("sleep 60", "The worker did not answer in time."),
    ],
)
def test_worker_that_misbehaves(idle, script, message):
    worker = idle.folder / "worker"
    # The shell waits for nothing: the daemon's SIGKILL would not reach its child.
    worker.write_text(f"#!/bin/sh\n{script.replace('sleep 60', 'exec sleep 60')}\n")
    worker.chmod(0o755)
    idle.config.write(worker__address=str(worker), worker__timeout=0.5)
    idle.start()
    idle.enable()
    idle.begin_registration()
    failure = idle.wait_failure("worker_failed", "key")["lastFailure"]
    assert failure["message"] == message
    worker.write_text(f'#!/bin/sh\nexec {programs.program("threatresponse-worker")} "$@"\n')
    idle.config.write(worker__timeout=60)
    idle.hup()
    idle.wait_state("registered")


@pytest.mark.parametrize(
    "address, error",
    [
        ("/nonexistent/worker", "No such file or directory"),
        ("/etc/passwd", "Permission denied"),
        ("unix:/nonexistent/socket", "No such file or directory"),
    ],
)
def test_worker_that_cannot_be_started(idle, address, error):
    idle.config.write(worker__address=address)
    idle.start()
    idle.enable()
    idle.begin_registration()
    failure = idle.wait_failure("worker_failed", "key")["lastFailure"]
    assert failure["message"] == f"The worker {address} can't be started or reached: {error}."
    idle.config.write(worker__address=programs.program("threatresponse-worker"))
    # A daemon that reaches its worker by a socket can't start one any more.
    _ = idle.restart() if address.startswith("unix:") else idle.hup()
    idle.wait_state("registered")


def test_deregistration_survives_a_kill(registered, cloud):
    cloud.hold("delete")
    registered.call("Deregister")
    registered.wait_step("delete")
    assert registered.kill() == -9
    cloud.clear()
    registered.start()
    registered.wait_state("unregistered")
    assert cloud.devices() == []


def test_registered_survives_a_kill(registered, cloud):
    before = registered.registration()
    asked = len(cloud.requests())
    assert registered.kill() == -9
    registered.start()
    after = registered.registration()
    for key in ("state", "since", "guid", "server", "tenant", "certificate", "lastSuccess"):
        assert after[key] == before[key]
    assert len(cloud.requests()) == asked


def test_end_with_clients_connected(registered):
    """Neither a watcher nor an idle client delays the end."""
    with registered.connect() as watcher, registered.connect() as silent:
        next(watcher.stream("GetStatus"))
        silent.send(b'{"method"')
        assert registered.stop() == 0
        assert watcher.socket.recv(1) == b""
    registered.start()


@pytest.mark.complaint("socket: a stale socket keeps the daemon from starting")
def test_killed_while_a_worker_starts(idle):
    """The child that is about to become the worker, which may have to wait for the disk, holds nothing of the daemon's."""
    # Any execve takes so long to begin, that of the daemon, too.
    strace = ["strace", "-f", "-qq", "-e", "trace=execve", "-e", "inject=execve:delay_enter=3s", "-o", os.devnull]
    idle.start(prefix=strace, env={"ASAN_OPTIONS": "detect_leaks=0"})
    idle.enable()
    idle.begin_registration()
    (child,) = programs.until(idle.workers, "a child")
    # Standard descriptors and the socket of the worker.
    programs.until(lambda: len(os.listdir(f"/proc/{child}/fd")) == 4, "the child has closed the others")
    os.kill(idle.pid, signal.SIGKILL)
    programs.until(lambda: not os.path.exists(f"/proc/{idle.pid}"), "the daemon has gone")
    tracer, idle.process = idle.process, None
    idle.start()
    assert os.readlink(f"/proc/{child}/exe").endswith("/threatresponsed"), "the child has gone on too early"
    idle.wait_state("registered")
    tracer.wait(programs.DEADLINE)
