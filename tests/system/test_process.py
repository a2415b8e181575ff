"""The processes: libraries, system calls, calls of the worker, notifications to systemd, exit codes of trctl."""

import json
import re
import socket
import subprocess
import sys
import threading

import pytest

from support import programs, wire

WORKER = wire.WORKER.name


# Libraries and system calls of the daemon


def test_the_daemon_links_no_network_library():
    linked = programs.run("ldd", programs.program("threatresponsed")).stdout
    names = {line.split()[0].split(".so")[0] for line in linked.splitlines() if ".so" in line}
    assert {"libjson-c", "libconfig", "libsystemd"} <= names
    assert not names & {"libcurl", "libssl", "libgnutls", "libmicrohttpd"}
    # libsystemd loads libcrypto itself; the daemon must not ask for it.
    needed = programs.run("readelf", "-d", programs.program("threatresponsed")).stdout
    assert "libcrypto" not in needed and "libssl" not in needed and "libcurl" not in needed


def test_the_daemon_opens_no_network_socket(idle, cloud):
    """strace writes a file for each process; the pid tells which is the daemon's."""
    trace = idle.folder / "trace"
    idle.start(
        prefix=["strace", "-ff", "-e", "trace=network", "-o", trace],
        # A leak can't be looked for under another tracer.
        env={"ASAN_OPTIONS": "detect_leaks=0"},
    )
    idle.register()
    idle.call("Deregister")
    idle.wait_state("unregistered")
    daemon = idle.pid
    assert idle.stop() == 0
    assert cloud.count("POST", "/activations") == 1

    families = {}
    for path in idle.folder.glob("trace.*"):
        text = path.read_text()
        families[int(path.suffix[1:])] = set(re.findall(r"^socket(?:pair)?\((\w+)", text, re.M)) | set(
            re.findall(r"sa_family=(\w+)", text)
        )
    assert families[daemon] == {"AF_UNIX"}
    # The workers are in the traces, and they do open network sockets.
    others = set().union(*(found for pid, found in families.items() if pid != daemon))
    assert "AF_INET" in others
    assert len(families) >= 3


# The worker


def talk(*calls, **options):
    """Sends calls to a worker's standard input; returns its replies and its exit code."""
    result = programs.run(
        programs.program("threatresponse-worker"), input=b"".join(calls).decode(), **options
    )
    return [json.loads(reply) for reply in result.stdout.split("\0")[:-1]], result.returncode


def test_worker_on_standard_input():
    replies, code = talk(wire.encode("org.varlink.service.GetInfo"))
    assert code == 0
    info = wire.check_reply("org.varlink.service.GetInfo", replies[0])
    assert info["product"] == "threatresponse-worker"
    assert info["interfaces"] == ["org.varlink.service", WORKER]


@pytest.mark.parametrize("key_type", ["ec_p256", "ec_p384", "rsa_2048", "rsa_3072"])
def test_worker_makes_keys(key_type):
    call = wire.encode(f"{WORKER}.GenerateKey", {"keyType": key_type})
    replies, code = talk(call, call)
    keys = [wire.check_reply(f"{WORKER}.GenerateKey", reply)["privateKey"] for reply in replies]
    assert code == 0
    assert keys[0] != keys[1]
    described = programs.run("openssl", "pkey", "-noout", "-text", input=keys[0])
    expected = {"ec_p256": "prime256v1", "ec_p384": "secp384r1", "rsa_2048": "2048 bit", "rsa_3072": "3072 bit"}
    assert expected[key_type] in described.stdout


@pytest.mark.parametrize("text", ["rubbish\0", '{"method":"a"', '{"method":1}\0'])
def test_worker_ends_on_what_is_no_call(text):
    result = programs.run(programs.program("threatresponse-worker"), input=text)
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr


@pytest.mark.parametrize(
    "arguments, variables, code",
    [
        (["extra"], {}, 2),
        (["--log-level", "loud"], {}, 2),
        (["--nope"], {}, 2),
    ],
)
def test_worker_usage(arguments, variables, code):
    result = programs.run(
        programs.program("threatresponse-worker"), *arguments, env=programs.environment(**variables)
    )
    assert result.returncode == code
    assert result.stderr


@pytest.mark.parametrize("how", ["configuration", "option"])
def test_worker_behind_a_socket(idle, cloud, activator, how):
    if how == "configuration":
        idle.config.write(worker__address=f"unix:{activator}")
        idle.start()
    else:
        idle.config.write(worker__address="/nonexistent")
        idle.start("--worker", f"unix:{activator}")
    registration = idle.register()
    assert idle.workers() == []
    assert [device["guid"] for device in cloud.devices()] == [registration["guid"]]
    idle.call("Deregister")
    idle.wait_state("unregistered")
    assert cloud.devices() == []


def test_a_cancelled_job_ends_the_worker_behind_a_socket(idle, cloud, activator):
    idle.config.write(worker__address=f"unix:{activator}", log__level="debug")
    idle.start()
    idle.begin_held_registration()
    idle.call("Cancel")
    log = idle.folder / "activator.log"
    programs.until(lambda: "The caller hung up, the request is abandoned." in log.read_text(), "the worker ends")


def test_a_socket_that_hangs_up(idle):
    path = idle.folder / "worker.sock"
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(str(path))
    listener.listen()
    idle.config.write(worker__address=f"unix:{path}")
    idle.start()
    idle.enable()
    idle.begin_registration()
    listener.accept()[0].close()
    failure = idle.wait_failure("worker_failed", "key")["lastFailure"]
    assert failure["message"] == "The worker hung up before it answered."
    listener.close()


# Notifications to systemd


@pytest.fixture(name="notified")
def make_notified(idle):
    """An agent that isn't started; hear() waits for its next notification."""
    path = idle.folder / "notify.sock"
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    sock.bind(str(path))
    heard = []

    def receive():
        # As the service manager does: a full queue would make the daemon wait.
        while message := sock.recv(4096):
            heard.append(message.decode().splitlines())

    thread = threading.Thread(target=receive, daemon=True)
    thread.start()

    def hear(wanted):
        def find():
            while heard:
                lines = heard.pop(0)
                if wanted in lines:
                    return lines
            return None

        return programs.until(find, f"the daemon says {wanted}")

    idle.notify, idle.hear = {"NOTIFY_SOCKET": str(path)}, hear
    yield idle
    idle.finish()
    sock.shutdown(socket.SHUT_RD)
    thread.join(programs.DEADLINE)
    sock.close()


@pytest.mark.complaint("configuration: a failed reload is reported as done")
def test_notifications(notified, cloud):
    notified.start(env=notified.notify)
    assert "STATUS=disabled, unregistered" in notified.hear("READY=1")
    notified.enable()
    notified.hear("STATUS=enabled, unregistered")
    cloud.hold("trust")
    notified.begin_registration()
    notified.hear("STATUS=enabled, registering")
    notified.wait_step("trust")
    notified.call("Cancel")
    cloud.clear()
    notified.register()
    notified.hear("STATUS=enabled, registered (ok)")
    notified.hup()
    assert any(re.fullmatch(r"MONOTONIC_USEC=\d+", line) for line in notified.hear("RELOADING=1"))
    notified.hear("READY=1")
    notified.config.path.write_text("nonsense")
    notified.hup()
    notified.hear("RELOADING=1")
    notified.hear("READY=1")
    assert notified.stop() == 0
    notified.hear("STOPPING=1")
    notified.config.write()


@pytest.mark.complaint("system: the boot waits for the network")
@pytest.mark.complaint("system: units that are ordered after the daemon start before it answers")
@pytest.mark.parametrize("waits_at", [None, "key", "context"])
def test_ready_means_that_it_answers_and_waits_for_nothing(notified, cloud, waits_at):
    if waits_at == "key":
        silent = notified.folder / "worker"
        silent.write_text("#!/bin/sh\nexec sleep 60\n")
        silent.chmod(0o755)
        notified.config.write(worker__address=str(silent))
    if waits_at:
        notified.start()
        notified.enable()
        cloud.hold("context")
        notified.begin_registration()
        notified.wait_step(waits_at)
        assert notified.stop() == 0
    notified.process = notified.spawn(env=notified.notify)
    notified.pid = notified.process.pid
    notified.hear("READY=1")
    # The first try.
    assert notified.registration()["state"] == ("registering" if waits_at else "unregistered")


@pytest.mark.complaint("system: a daemon that hangs is not noticed")
def test_watchdog(notified):
    notified.start(env={**notified.notify, "WATCHDOG_USEC": "200000"})
    notified.hear("WATCHDOG=1")
    notified.hear("WATCHDOG=1")


def test_socket_activation(idle):
    """The daemon takes a listening socket from systemd and never removes it."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(str(idle.socket))
    listener.listen()
    run = "import os, sys; os.dup2(int(sys.argv[1]), 3); os.environ['LISTEN_PID'] = str(os.getpid()); "
    run += "os.execv(sys.argv[2], sys.argv[2:])"
    fd = listener.fileno()
    idle.start(prefix=[sys.executable, "-c", run, fd], env={"LISTEN_FDS": "1"}, pass_fds=[fd])
    assert idle.status()["version"]
    assert idle.stop() == 0
    assert idle.socket.exists()
    listener.close()


# trctl


def test_exit_codes(ready, cloud):
    """0 done, 1 failed, 2 usage, 3 unreachable, 5 already so, 6 busy, 7 refused, 8 timed out; 4 is in test_socket."""
    assert ready.ctl("status").returncode == 0
    assert ready.ctl("server", "mars").returncode == 1
    for wrong in (["nonsense"], [], ["status", "extra"], ["server"], ["--nope"], ["register", "--wait=x"]):
        assert ready.ctl(*wrong).returncode == 2, wrong
    assert ready.ctl("enable").returncode == 5
    assert ready.ctl("register", "--wait", input="x" * 20).returncode == 7
    cloud.hold("context")
    assert ready.ctl("register", "--wait=0", input="x" * 20).returncode == 8
    assert ready.ctl("register", input="x" * 20).returncode == 6
    assert ready.stop() == 0
    result = ready.ctl("status")
    assert (result.returncode, result.stdout) == (3, "")
    assert result.stderr.splitlines() == [
        f"trctl: The daemon is not running: there is no socket {ready.socket}.",
        "trctl: Start it (systemctl start threatresponsed), or check the path of the socket.",
    ]
    cloud.clear()
    ready.start()


def test_json_errors(agent):
    result = agent.ctl("--json", "server", "mars")
    assert result.returncode == 1
    error = json.loads(result.stdout)["error"]
    assert (error["code"], error["exit"]) == ("org.threatresponse.agent.UnknownServer", 1)
    assert error["message"] == 'No server has the number, label or name "mars".'


def test_json_of_waiting_is_one_state_a_line(ready, cloud):
    result = ready.ctl("--json", "register", "--wait", input=cloud.token())
    assert result.returncode == 0
    states = [json.loads(line) for line in result.stdout.splitlines()]
    for state in states:
        wire.AGENT.check(wire.AGENT.methods["GetStatus"][1], state, "GetStatus")
    assert states[-1]["status"]["registration"]["state"] == "registered"
    assert len(states) >= 2


@pytest.mark.complaint("retry: neither a failed attempt nor the time of the next one is shown")
def test_waiting_shows_failed_attempts(ready, cloud):
    cloud.fault("simpleenroll", "status", 500, "--times", 1)
    result = ready.ctl("register", "--wait", input=cloud.token())
    assert result.returncode == 0
    lines = result.stdout.splitlines()
    assert any(line.startswith("certificate ... attempt 1 failed: server_error: ") for line in lines), lines
    assert lines.index("trust ... done") < lines.index("certificate ... done")


@pytest.mark.complaint("commands: a command that waits for the cloud never ends")
@pytest.mark.parametrize("options", [[], ["--json"]], ids=["text", "json"])
def test_waiting_ends_with_a_cancel(ready, cloud, options):
    cloud.hold("trust")
    log = ready.folder / "trctl.out"
    with open(log, "wb") as out:
        waiting = subprocess.Popen(
            programs.bound_to_us(programs.program("trctl"), "--socket", ready.socket, *options, "register", "--wait"),
            stdin=subprocess.PIPE,
            stdout=out,
            stderr=out,
            env=programs.environment(),
        )
    waiting.stdin.write(cloud.token().encode())
    waiting.stdin.close()
    ready.wait_step("trust")
    programs.until(lambda: '"step":"trust"' in log.read_text() or "activation ... done" in log.read_text(), "the steps")
    ready.call("Cancel")
    assert waiting.wait(programs.DEADLINE) == 1
    assert "trctl: The registration was cancelled: the appliance is unregistered." in log.read_text()
    assert ('"reason":"cancelled"' in log.read_text()) == bool(options)
