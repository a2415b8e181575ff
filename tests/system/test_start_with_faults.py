"""A start with a wrong configuration, or without a state directory, while systemd holds the socket: it answers and says so."""

import re
import shutil

import pytest

from support import programs
from support.listener import listen, passing

REASON = "config_invalid"
ADVICE = "Mend the configuration file, whose mistakes threatresponsed --check-config names, then run trctl reload."


@pytest.fixture(name="held")
def make_held(idle):
    """An agent whose socket is held by us, as systemd would; start_held() starts it there."""
    with listen(idle.socket) as listener:
        idle.start_held = lambda *options: idle.start(*options, **passing("varlink", listener))
        yield idle


def refusal(agent, method, parameters=None):
    name, told = agent.error(method, parameters)
    return name, told.get("reason")


# What makes a configuration unusable, and a part of what is said.
UNUSABLE = {
    "unknown key": (lambda agent: agent.config.path.write_text("nonsense = 1;"), "found an unknown key"),
    "syntax": (lambda agent: agent.config.path.write_text("timing = {"), "syntax error"),
    "no file": (lambda agent: agent.config.path.unlink(), "No such file or directory"),
    "no regular file": (lambda agent: (agent.config.path.unlink(), agent.config.path.mkdir()), "not a regular file"),
    "no password file": (
        lambda agent: agent.config.write(network__proxy_password_file="/nonexistent/password"),
        "network.proxy_password_file",
    ),
    "no such credential": (
        lambda agent: agent.config.write(network__proxy_password_file="credential:missing"),
        "network.proxy_password_file",
    ),
    "anchors that are none": (
        lambda agent: agent.config.write(est__anchors_file=str(agent.config.path)),
        "no certificate in PEM",
    ),
}


def repair(agent):
    if agent.config.path.is_dir():
        agent.config.path.rmdir()
    agent.config.keys.pop("network.proxy_password_file", None)
    agent.config.keys.pop("est.anchors_file", None)
    agent.config.write()


@pytest.mark.complaint("system: the daemon is started again and again without a configuration or with a bad one")
@pytest.mark.parametrize("spoil, said", UNUSABLE.values(), ids=UNUSABLE)
def test_a_wrong_configuration(held, cloud, spoil, said):
    held.config.write()
    spoil(held)
    held.start_held()
    status = held.status()
    assert said in status["configFault"] and status["registration"]["health"] == REASON
    shown = held.ctl("status").stdout
    assert status["configFault"] in shown and ADVICE in shown
    for method, parameters in (
        ("Register", {"token": "A" * 35}), ("Stage", {"server": "EUROPE"}), ("ListServers", None), ("Reload", None),
    ):  # fmt: skip
        assert refusal(held, method, parameters) == ("Refused", REASON), method
    check = held.ctl("check")
    assert check.returncode == 1 and said in check.stderr
    assert held.ctl("reload").returncode == 1
    assert cloud.requests() == []

    repair(held)
    reloaded = held.ctl("reload")
    assert (reloaded.returncode, reloaded.stdout) == (0, "The configuration was reloaded.\n")
    assert "configFault" not in held.status() and "health" not in held.registration()
    held.register()
    assert held.stop() == 0


def test_a_registered_appliance_asks_nothing_until_it_is_mended(held, cloud):
    held.config.write(timing__refresh_interval=0.1)
    held.start_held()
    held.register()
    assert held.stop() == 0
    asked = len(cloud.requests())
    UNUSABLE["unknown key"][0](held)
    held.start_held()
    assert held.registration()["state"] == "registered" and held.registration()["health"] == REASON
    for method in ("Renew", "Deregister"):
        assert refusal(held, method) == ("Refused", REASON)
    assert len(cloud.requests()) == asked
    repair(held)
    held.wait_for(lambda r: r["health"] == "ok", "it looks again by itself")
    programs.until(lambda: len(cloud.requests()) > asked, "a refresh")
    assert held.stop() == 0


def test_it_can_be_deregistered_locally(held):
    held.start_held()
    held.register()
    assert held.stop() == 0
    UNUSABLE["no file"][0](held)
    held.start_held()
    assert "notice" in held.call("Deregister", {"localOnly": True})
    assert held.registration()["state"] == "unregistered"
    assert held.stop() == 0


@pytest.mark.parametrize("key", ["network__ca_file", "worker__address"])
def test_what_is_named_and_not_there_is_told_until_it_is_there(held, key):
    """It is no reason to stop what works: it may come by itself."""
    place = held.folder / "late"
    held.config.write(**{key: str(place)})
    held.start_held()
    assert f'{key.replace("__", ".")}: found "{place}" (No such file or directory)' in held.status()["configFault"]
    assert "health" not in held.registration()
    assert held.ctl("reload").returncode == 1
    assert f'found "{place}" (No such file or directory)' in held.status()["configFault"]
    source = held.cloud.directory / "tls-ca.pem" if key == "network__ca_file" else programs.program("threatresponse-worker")
    shutil.copy(source, place)
    programs.until(lambda: "configFault" not in held.status(), "it looks again by itself")
    held.register()
    assert held.stop() == 0


# The state directory


def unmounted(agent):
    """A state directory on a partition that is not there yet."""
    agent.state_directory = agent.folder / "partition" / "state"


@pytest.mark.complaint("system: the daemon starts before the partition of its state is mounted")
def test_a_state_directory_that_comes_late(held, cloud):
    unmounted(held)
    held.start_held()
    status = held.status()
    assert status["stateFault"] == (
        f"Can't use the state directory {held.state_directory}: No such file or directory. It is looked for again by itself."
    )
    assert status["stateFault"] in held.ctl("status").stdout
    held.call("Stage", {"enabled": True, "server": "EUROPE"})
    assert refusal(held, "Commit") == ("Refused", "state_io")
    mark = held.socket.with_name("agent.sock.waiting")
    # It ends with a failure, for systemd to start it again.
    assert held.process.wait(programs.DEADLINE) == 75
    assert mark.exists() and cloud.requests() == []

    held.state_directory.parent.mkdir()
    held.start_held()
    assert "stateFault" not in held.status() and not mark.exists()
    held.register()
    assert held.stop() == 0


def test_another_daemon_has_the_state_directory(held, cloud):
    held.start_held()
    other = held.folder / "other.sock"
    with listen(other) as listener:
        first, held.socket, held.process = (held.process, held.pid), other, None
        held.start(**passing("varlink", listener))
        assert "another threatresponsed uses it" in held.status()["stateFault"]
        assert held.process.wait(programs.DEADLINE) == 75
    held.process, held.pid = first
    assert held.stop() == 0


# Without a socket of systemd's nobody would ask: it ends with an exit code of its own, as ever.


def test_without_a_socket(idle):
    idle.config.path.write_text("nonsense = 1;")
    result = programs.run(*idle.command())
    assert result.returncode == 78 and re.match(rf"{idle.config.path}:1: nonsense: found an unknown key", result.stderr)
    idle.config.write()
    unmounted(idle)
    result = programs.run(*idle.command())
    assert (result.returncode, result.stderr) == (
        1, f"Can't use the state directory {idle.state_directory}: No such file or directory\n",
    )  # fmt: skip


# The reload of a running daemon


@pytest.mark.complaint("configuration: a failed reload is reported as done")
@pytest.mark.parametrize(
    "key, value",
    [
        ("network__ca_file", "/nonexistent/ca.pem"),
        ("network__ca_bundle", "/etc/passwd"),
        ("est__tls_anchors_file", "/etc/passwd"),
        ("api__admin_group", "no such group"),
        ("api__socket_user", "no such user"),
        ("timing__backoff_cap", 0),
        ("worker__address", "/nonexistent"),
    ],
)
def test_a_reload_of_what_can_not_work_is_refused(ready, key, value):
    ready.config.write(**{key: value})
    result = ready.ctl("reload")
    fault = ready.status()["configFault"]
    assert result.returncode == 1
    assert result.stderr == f"trctl: The configuration was not reloaded: {fault}\ntrctl: {ADVICE}\n"
    assert key.replace("__", ".") in fault
    ready.register()


# Each mistake that a check of the configuration, a start and a reload tell in the same words.
MISTAKES = {
    "writable for all": lambda agent: agent.config.path.chmod(0o666),
    "names a file that is writable for all": lambda agent: (
        (agent.folder / "token").write_text("A" * 35),
        (agent.folder / "token").chmod(0o666),
        agent.config.write(registration__token_file=str(agent.folder / "token")),
    ),
    "no worker": lambda agent: agent.config.write(worker__address="/nonexistent"),
    "no anchors": lambda agent: agent.config.write(network__ca_file="/nonexistent"),
    "no such group": lambda agent: agent.config.write(api__admin_group="no such group"),
    **{name: UNUSABLE[name][0] for name in ("unknown key", "syntax", "no file", "anchors that are none")},
}


@pytest.mark.parametrize("spoil", MISTAKES.values(), ids=MISTAKES)
def test_check_start_and_reload_agree(held, spoil):
    held.start_held()
    spoil(held)
    checked = programs.run(*held.command("--check-config"))
    assert (checked.returncode, checked.stdout) == (78, "")
    fault = checked.stderr.splitlines()[0]
    assert held.ctl("reload").returncode == 1
    assert held.status()["configFault"] == fault
    assert held.stop() == 0
    held.start_held()
    assert held.status()["configFault"] == fault
    # A reload does not drop it while its cause is there.
    assert held.ctl("reload").returncode == 1
    assert held.status()["configFault"] == fault
    assert held.stop() == 0


def test_who_may_reload(agent):
    name, told = agent.error("Reload", uid=65534)
    assert (name, told["method"]) == ("PermissionDenied", "org.threatresponse.agent.Reload")
