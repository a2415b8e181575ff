"""A clone of the appliance: silent until its administrator resets the identity; the original is not disturbed."""

import json
import re
import shutil

import pytest

from support import namespace, programs
from support.agent import Agent

ORIGINAL, CLONE = "a" * 32, "b" * 32
RESET = "The identity was forgotten: the appliance is unregistered, and registers with a new one.\n"


def start_on(agent, machine_id):
    agent.start(prefix=namespace.machine(agent.folder, machine_id))


@pytest.fixture(name="original")
def make_original(idle):
    """A running agent on a machine of its own, enabled."""
    start_on(idle, ORIGINAL)
    idle.enable()
    return idle


@pytest.fixture(name="copy")
def make_copy(tmp_path, original, cloud):
    """Copies the state of the original to another machine and starts an agent there."""
    agents = []

    def copy(at=CLONE):
        folder = tmp_path / "clone"
        folder.mkdir()
        agent = Agent(folder, cloud)
        shutil.copytree(original.state_directory, agent.state_directory)
        agents.append(agent)
        start_on(agent, at)
        return agent

    yield copy
    for agent in agents:
        agent.finish()


def assert_silent(agent, cloud):
    """Neither a call nor a restart starts a worker or sends a request."""
    asked = len(cloud.requests())
    for method, parameters in [("Renew", {}), ("Deregister", {}), ("Register", {"token": cloud.token()})]:
        name, refusal = agent.error(method, parameters)
        assert name == "Refused"
        assert refusal["reason"] in ("identity_changed", "not_registered", "busy")
    agent.stop()
    start_on(agent, CLONE)
    registration = agent.registration()
    assert registration["health"] == "identity_changed"
    assert not registration["running"]
    assert "nextRefresh" not in registration and "nextAttempt" not in registration
    assert agent.workers() == []
    assert len(cloud.requests()) == asked


@pytest.mark.complaint("identity: a clone shares the identity of its original, and each knocks the other out")
def test_clone_of_a_registered_appliance(original, copy, cloud):
    before = original.register()
    original.stop()
    clone = copy()
    settings, commits = clone.call("GetSettings"), clone.call("ListCommits")
    assert_silent(clone, cloud)

    result = clone.ctl("reset-identity", "--yes")
    assert (result.returncode, result.stdout) == (0, RESET)
    registration = clone.registration()
    assert registration["state"] == "unregistered"
    assert not {"health", "guid", "certificate", "tenant", "server", "lastFailure", "lastSuccess"} & set(registration)
    assert (clone.call("GetSettings"), clone.call("ListCommits")) == (settings, commits)
    assert before["guid"] not in clone.state_file.read_text()

    after = clone.register()
    assert after["guid"] != before["guid"]
    # The original is not disturbed.
    start_on(original, ORIGINAL)
    original.wait_for(lambda r: r["health"] == "ok")
    assert original.registration()["certificate"]["serial"] == before["certificate"]["serial"]
    original.call("Renew")
    original.wait_for(lambda r: r["certificate"]["serial"] != before["certificate"]["serial"])
    assert {device["guid"] for device in cloud.devices()} == {before["guid"], after["guid"]}


@pytest.mark.complaint("identity: a clone shares the identity of its original, and each knocks the other out")
@pytest.mark.parametrize("step", ["context", "activation", "certificate", "delete"])
def test_clone_of_a_busy_appliance(original, copy, cloud, step):
    """The clone does not go on with a job of the original."""
    if step == "delete":
        original.register()
    cloud.hold(step)
    original.call("Deregister") if step == "delete" else original.begin_registration()
    original.wait_step(step)
    original.kill()
    cloud.clear()
    clone = copy()
    assert clone.registration()["state"] == ("deregistering" if step == "delete" else "registering")
    assert_silent(clone, cloud)
    clone.call("ResetIdentity")
    assert clone.registration()["state"] == "unregistered"
    assert not {"token", "enrollment", "privateKey", "guid"} & set(clone.saved())

    start_on(original, ORIGINAL)
    original.wait_state("unregistered" if step == "delete" else "registered")


def test_a_copy_on_the_same_machine_is_no_clone(original, copy):
    """A state that is restored from a backup is the same appliance."""
    before = original.register()
    original.stop()
    restored = copy(at=ORIGINAL)
    assert restored.registration()["health"] == "ok"
    assert restored.registration()["guid"] == before["guid"]


@pytest.mark.complaint("identity: leftovers of an earlier installation are used silently")
def test_refused_while_registered_here(original, cloud):
    original.register()
    before = original.state_file.read_bytes()
    assert original.error("ResetIdentity") == (
        "Refused",
        {
            "reason": "already_registered",
            "message": "The appliance is registered with EUROPE, and the registration belongs to this machine.",
            "remedy": "Deregister the appliance first.",
        },
    )
    result = original.ctl("--json", "reset-identity", "--yes")
    assert result.returncode == 5
    assert json.loads(result.stdout)["error"]["reason"] == "already_registered"
    assert original.state_file.read_bytes() == before

    cloud.hold("delete")
    original.call("Deregister")
    name, refusal = original.error("ResetIdentity")
    assert (name, refusal["reason"]) == ("Refused", "busy")
    assert refusal["message"] == "The appliance is being deregistered from EUROPE."


def test_refused_while_registering_here(original, cloud):
    cloud.hold("context")
    original.begin_registration()
    name, refusal = original.error("ResetIdentity")
    assert (name, refusal["reason"]) == ("Refused", "busy")
    assert refusal["message"] == "The appliance is being registered with EUROPE already."
    original.call("Cancel")


@pytest.mark.complaint("identity: an image can't be prepared, or only by removing files by hand")
@pytest.mark.complaint("identity: two machines with the same hardware id replace each other")
def test_an_image_is_prepared(original, copy, cloud):
    """A reset removes every binding from the state: each copy registers as a device of its own."""
    cloud.fault("activations", "status", 503)
    original.begin_registration()
    original.wait_failure("server_error", "activation")
    original.call("Cancel")
    guid = original.saved()["guid"]
    original.call("ResetIdentity")
    assert guid not in original.state_file.read_text()
    assert "machineId" not in original.state()
    cloud.clear()
    clone = copy()
    assert "health" not in clone.registration()
    assert original.register()["guid"] != clone.register()["guid"]


@pytest.mark.complaint("identity: no document says which files make a clone")
def test_the_manual_names_every_file_that_is_written(idle):
    """Seen by strace over a whole life, the workers included."""
    trace = idle.folder / "trace"
    idle.start(
        # The daemon hides its memory; root of its namespace sees it.
        prefix=[*namespace.prefix(":", "unused"), "strace", "-f", "-e", "trace=%file", "-o", trace],
        # A leak can't be looked for under another tracer.
        env={"ASAN_OPTIONS": "detect_leaks=0"},
    )
    serial = idle.register()["certificate"]["serial"]
    idle.call("Renew")
    idle.wait_for(lambda r: r["certificate"]["serial"] != serial)
    idle.call("Deregister")
    idle.wait_state("unregistered")
    idle.call("ResetIdentity")
    assert idle.stop() == 0

    text = trace.read_text()
    opened = re.findall(r'\bopen(?:at)?\((?:[^"(]*, )?"([^"]+)", ([\w|]+)', text)
    written = {path for path, flags in opened if re.search("O_WRONLY|O_RDWR|O_CREAT", flags)}
    written |= set(re.findall(r'\b(?:rename|link|symlink)(?:at2?)?\(.*"([^"]+)"[^"]*\)', text))
    written |= set(re.findall(r'\b(?:creat|mknod|mknodat)\((?:[^"(]*, )?"([^"]+)"', text))
    names = {path.rpartition("/")[2] for path in written if not path.startswith(("/dev/", "/proc/"))}
    assert {"state.json", "state.json.new"} <= names
    manual = (programs.ROOT / "docs/man/threatresponsed.8").read_text()
    told = set(re.findall(r"^\.It Pa /(?:var/lib|run)/threatresponsed/(\S+)$", manual, re.M))
    told |= {"state.mark"} if ".It Pa /var/lib/threatresponsed.mark\n" in manual else set()
    assert {name.replace(idle.socket.name, "org.threatresponse.agent") for name in names} <= told


QUESTION = "Do you want to reset the identity of this appliance? [N]> "


@pytest.mark.complaint("identity: an image can't be prepared, or only by removing files by hand")
@pytest.mark.parametrize("answer, code", [("", 1), ("n", 1), ("y", 0)])
def test_the_command_asks(ready, console, answer, code):
    ready.register()
    ready.call("Deregister", {"localOnly": True})
    with console.terminal("reset-identity") as terminal:
        terminal.type(QUESTION, answer)
        assert terminal.finish() == code
        assert (RESET.strip() in " ".join(terminal.lines())) is (code == 0)


def test_the_command_needs_an_answer(agent):
    result = agent.ctl("reset-identity")
    assert result.returncode == 2
    assert "Without a terminal to ask on, reset-identity needs --yes." in result.stderr
    result = agent.ctl("--json", "reset-identity", "--yes")
    assert (result.returncode, json.loads(result.stdout)) == (0, {})
