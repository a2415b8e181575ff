"""The state file: damage, older and newer versions, and a state directory that can't be used."""

import json
import os
import pathlib
import stat
import time

import pytest

from support import namespace, programs

SET_ASIDE = (
    "The state file could not be read and was set aside as {}; the appliance started as new, and its device "
    "may still be in the portal. Stop the daemon to restore it, or remove it."
)


def corrupt_files(agent):
    return sorted(agent.state_directory.glob("state.json.corrupt-*"))


def change(agent, *path_and_value):
    """Changes one value of the saved state; the daemon is stopped."""
    *path, last, value = path_and_value
    document = agent.state()
    part = document
    for name in path:
        part = part[name]
    if value is None:
        del part[last]
    else:
        part[last] = value
    agent.state_file.write_text(json.dumps(document))


DAMAGES = {
    "truncated": lambda a: os.truncate(a.state_file, a.state_file.stat().st_size // 2),
    "empty": lambda a: os.truncate(a.state_file, 0),
    "garbage": lambda a: a.state_file.write_bytes(bytes(range(256)) * 8),
    "zeros": lambda a: a.state_file.write_bytes(b"\0" * 4096),
    "array": lambda a: a.state_file.write_text("[]"),
    "no object": lambda a: a.state_file.write_text("{}"),
    "trailing text": lambda a: a.state_file.write_text(a.state_file.read_text() + "x"),
}


@pytest.mark.complaint("identity: the id is lost, or a new one stands beside the certificate of the old one")
@pytest.mark.complaint("identity: leftovers of an earlier installation are used silently")
@pytest.mark.complaint("state: a damaged state crashes the agent, or is replaced silently")
@pytest.mark.parametrize("damage", sorted(DAMAGES))
def test_damaged_state_is_set_aside(registered, damage):
    assert registered.stop() == 0
    DAMAGES[damage](registered)
    damaged = registered.state_file.read_bytes()
    registered.start()
    (aside,) = corrupt_files(registered)
    assert aside.read_bytes() == damaged
    assert stat.S_IMODE(aside.stat().st_mode) == 0o600
    status = registered.status()
    assert status["stateFault"] == SET_ASIDE.format(aside)
    assert status["registration"]["state"] == "unregistered"
    assert (status["enabled"], status["revision"]) == (False, 0)
    assert "State fault     " + status["stateFault"] in registered.ctl("status").stdout

    # The appliance works as a new one, and the status mentions the damage until the file is removed.
    registered.register()
    assert registered.status()["stateFault"] == SET_ASIDE.format(aside)
    registered.restart()
    assert registered.status()["stateFault"] == SET_ASIDE.format(aside)
    assert registered.registration()["state"] == "registered"
    aside.unlink()
    programs.until(lambda: "stateFault" not in registered.status(), "it looks again by itself")


# Damages of single members: the rest is good.
MENDED = {
    "version text": lambda a: change(a, "version", "1"),
    "version 0": lambda a: change(a, "version", 0),
    "no version": lambda a: change(a, "version", None),
    "unknown key": lambda a: change(a, "extra", 1),
    "unknown state": lambda a: change(a, "registration", "state", "married"),
    "state number": lambda a: change(a, "registration", "state", 3),
    "settings array": lambda a: change(a, "settings", []),
    "enabled text": lambda a: change(a, "settings", "enabled", "true"),
    "negative revision": lambda a: change(a, "settings", "revision", -1),
    "commits object": lambda a: change(a, "commits", {}),
    "commit without uid": lambda a: change(a, "commits", 0, "uid", None),
    "token number": lambda a: change(a, "registration", "token", 5),
    "no guid": lambda a: change(a, "registration", "guid", None),
    "unknown step": lambda a: change(a, "registration", "renewalStep", "dance"),
    "renewal without a key": lambda a: change(a, "registration", "renewalStep", "renewal-proof"),
}
# Members without which only the device itself is left.
UNREGISTERED = {
    "no private key": lambda a: change(a, "registration", "privateKey", None),
    "no certificate": lambda a: change(a, "registration", "certificate", None),
    "no server": lambda a: change(a, "registration", "server", None),
}
MENDED_FAULT = (
    "The state file was damaged and was set aside as {}; what was good of it is in use. Look what the log says, then remove it."
)


def start_damaged(agent, damage):
    assert agent.stop() == 0
    damage(agent)
    damaged = agent.state_file.read_bytes()
    agent.start()
    (aside,) = corrupt_files(agent)
    assert aside.read_bytes() == damaged
    assert stat.S_IMODE(aside.stat().st_mode) == 0o600
    assert agent.status()["stateFault"] == MENDED_FAULT.format(aside)
    assert "is damaged; dropped from it: " in agent.log()
    return aside


@pytest.mark.complaint("state: one damaged member costs the whole identity")
@pytest.mark.parametrize("damage", sorted(MENDED))
def test_what_is_good_of_a_damaged_state_is_used(registered, cloud, damage):
    before = registered.registration()
    key = registered.saved()["privateKey"]
    aside = start_damaged(registered, MENDED[damage])
    after = registered.registration()
    assert (after["state"], after["guid"], registered.saved()["privateKey"]) == ("registered", before["guid"], key)
    registered.commit_enabled(False)
    registered.commit_enabled(True)
    registered.wait_for(lambda r: r["health"] == "ok", "the cloud knows it")
    aside.unlink()
    registered.restart()
    assert "stateFault" not in registered.status()
    assert registered.registration()["guid"] == before["guid"] and len(cloud.devices()) == 1


@pytest.mark.parametrize("damage", sorted(UNREGISTERED))
def test_without_key_certificate_or_server_it_is_still_the_same_device(registered, cloud, damage):
    guid = registered.registration()["guid"]
    start_damaged(registered, UNREGISTERED[damage])
    assert registered.registration()["state"] == "unregistered"
    assert registered.status()["server"]["label"] == "EUROPE"
    registered.register()
    assert registered.registration()["guid"] == guid and len(cloud.devices()) == 1


def test_a_certificate_that_is_not_described_is_renewed(registered):
    """Only the worker reads certificates: a new one tells what it is like."""
    serial = registered.registration()["certificate"]["serial"]
    start_damaged(registered, lambda a: change(a, "registration", "certificateInfo", "notAfter", "soon"))
    registered.wait_for(lambda r: r["certificate"]["serial"] not in (serial, "unknown") and r["health"] == "ok", "a renewal")


def test_trust_anchors_that_are_damaged_are_fetched_again(registered):
    serial = registered.registration()["certificate"]["serial"]
    start_damaged(registered, lambda a: change(a, "registration", "trustAnchors", 5))
    registered.call("Renew")
    registered.wait_for(lambda r: r["certificate"]["serial"] != serial and not r["running"], "a renewal")
    assert "BEGIN CERTIFICATE" in registered.saved()["trustAnchors"]


def test_a_state_that_was_set_aside_can_be_restored(registered):
    guid = registered.registration()["guid"]
    good = registered.state_file.read_bytes()
    assert registered.stop() == 0
    registered.state_file.write_text("{")
    registered.start()
    assert registered.stop() == 0
    (aside,) = corrupt_files(registered)
    aside.unlink()
    registered.state_file.write_bytes(good)
    registered.start()
    assert registered.registration()["guid"] == guid
    assert "stateFault" not in registered.status()


NEWER = (
    "{} has version 4, but this program knows versions up to 3 only. It is left as it is, and nothing is sent to the cloud: "
    "install the newer program again, or move the file away and run reset-identity to start as new."
)
LEFT = {
    "newer version": (lambda a: change(a, "version", 4), NEWER),
    "symbolic link": (
        lambda a: a.state_file.symlink_to(a.state_file.rename(a.folder / "elsewhere")),
        "Can't read {}: Too many levels of symbolic links. It is left as it is.",
    ),
    "directory": (
        lambda a: (a.state_file.unlink(), a.state_file.mkdir()),
        "Can't read {}: Operation not permitted. It is left as it is.",
    ),
    "fifo": (
        lambda a: (a.state_file.unlink(), os.mkfifo(a.state_file)),
        "Can't read {}: Operation not permitted. It is left as it is.",
    ),
    "too large": (
        lambda a: a.state_file.write_bytes(b" " * (1024 * 1024 + 1)),
        "Can't read {}: File too large. It is left as it is.",
    ),
}


def snapshot(path):
    info = path.lstat()
    return (info.st_ino, info.st_mode, info.st_size, info.st_mtime_ns)


@pytest.mark.complaint("state: a state that can't be read ends the daemon")
@pytest.mark.parametrize("kind", sorted(LEFT))
def test_what_is_not_ours_to_replace_is_left(registered, cloud, kind):
    spoil, message = LEFT[kind]
    assert registered.stop() == 0
    spoil(registered)
    before = snapshot(registered.state_file)
    asked = len(cloud.requests())
    registered.start()
    fault = message.format(registered.state_file)
    assert registered.status()["stateFault"] == fault
    registered.call("Stage", {"enabled": True})
    name, parameters = registered.error("Commit")
    assert (name, parameters["reason"]) == ("Refused", "state_io")
    assert parameters["message"] == f"The settings can't be saved. {fault}"
    assert registered.stop() == 0
    assert snapshot(registered.state_file) == before
    assert corrupt_files(registered) == []
    assert len(cloud.requests()) == asked
    registered.start()


@pytest.mark.complaint("system: an older state is not understood, or a newer one is damaged")
def test_the_state_of_a_newer_program_waits_for_it(registered, cloud):
    guid = registered.registration()["guid"]
    assert registered.stop() == 0
    good = registered.state_file.read_bytes()
    change(registered, "version", 4)
    change(registered, "registration", "unheard", "of")
    newer = registered.state_file.read_bytes()
    asked = len(cloud.requests())

    registered.start()
    status = registered.ctl("status")
    assert status.returncode == 0
    assert f"State fault     {NEWER.format(registered.state_file)}\n" in status.stdout
    assert NEWER.format(registered.state_file) in registered.log()
    for verb in (["enable"], ["commit", "-m", "try"], ["register", "--token-file", "-"], ["renew"], ["reset-identity", "--yes"]):
        registered.ctl(*verb, input=cloud.token() + "\n")
    assert registered.stop() == 0
    assert registered.state_file.read_bytes() == newer
    assert os.listdir(registered.state_directory) == ["state.json"]
    assert len(cloud.requests()) == asked

    # Without the file the appliance can be new; back in its place, a program of its version reads it.
    aside = registered.state_file.rename(registered.folder / "kept.json")
    registered.start()
    assert registered.registration()["health"] == "state_lost"
    assert registered.ctl("reset-identity", "--yes").returncode == 0
    assert "stateFault" not in registered.status()
    assert registered.registration()["state"] == "unregistered"
    assert registered.stop() == 0
    assert aside.read_bytes() == newer
    registered.state_file.write_bytes(good)
    registered.start()
    assert registered.registration()["guid"] == guid
    assert registered.registration()["state"] == "registered"


# Members of a registration that belong to this cloud and this machine.
OF_THIS_CLOUD = ["guid", "privateKey", "certificate", "chain", "certificateInfo", "trustAnchors", "nextRenewal"]


@pytest.mark.complaint("system: an older state is not understood, or a newer one is damaged")
def test_an_older_state_is_migrated(registered, cloud):
    """The last program of version 1 wrote the file; the test puts an identity into it that this cloud knows."""
    live = registered.state()
    assert registered.stop() == 0
    old = json.loads(pathlib.Path(__file__).with_name("state-version-1.json").read_text())
    assert old["version"] == 1
    assert set(live) - set(old) == {"everRegistered"}
    old["machineId"] = live["machineId"]
    for name in OF_THIS_CLOUD:
        old["registration"][name] = live["registration"][name]
    registered.state_file.write_text(json.dumps(old))

    registered.start()
    registration = registered.registration()
    assert (registration["state"], registration["guid"]) == ("registered", live["registration"]["guid"])
    assert registered.status()["server"]["label"] == "EUROPE"
    assert "stateFault" not in registered.status()
    assert f"{registered.state_file} has version 1; the next change makes it version 3.\n" in registered.log()

    serial = registration["certificate"]["serial"]
    registered.call("Renew")
    renewed = registered.wait_for(lambda r: r["certificate"]["serial"] != serial and not r["running"], "a renewal")
    assert renewed["health"] == "ok"
    assert [device["guid"] for device in cloud.devices()] == [registration["guid"]]
    state = registered.state()
    assert (state["version"], state["everRegistered"]) == (3, True)
    assert state["commits"] == old["commits"]
    registered.restart()
    assert registered.registration()["certificate"]["serial"] == renewed["certificate"]["serial"]
    assert registered.log().count("has version 1") == 1


@pytest.mark.complaint("state: a power cut leaves an empty or half state, or the next start fails")
def test_what_a_crash_left_is_cleared(registered):
    assert registered.stop() == 0
    (registered.state_directory / "state.json.new").write_text('{"token":"half-written')
    registered.start()
    assert registered.registration()["state"] == "registered"
    assert os.listdir(registered.state_directory) == ["state.json"]


@pytest.mark.parametrize(
    "spoil, message",
    [
        (
            lambda path: path.write_text(""),
            "Not a directory; move the file there away, or name another place by --state-directory",
        ),
        (lambda path: path.symlink_to(path.with_name("nowhere")), "No such file or directory"),
    ],
    ids=["file", "dangling link"],
)
def test_unusable_state_directory(idle, spoil, message):
    spoil(idle.state_directory)
    result = programs.run(*idle.command())
    assert result.returncode == 1
    assert result.stderr == f"Can't use the state directory {idle.state_directory}: {message}\n"

# The machine


def test_a_copy_on_another_machine_is_silent(registered, cloud):
    before = registered.registration()
    assert registered.stop() == 0
    change(registered, "machineId", "0" * 32)
    change(registered, "registration", "lastSuccess", int(time.time()) - 100000)
    asked = len(cloud.requests())
    registered.start(prefix=namespace.machine(registered.folder, "a" * 32))
    registration = registered.registration()
    assert (registration["state"], registration["health"]) == ("registered", "identity_changed")
    assert registration["guid"] == before["guid"]
    assert "nextRefresh" not in registration
    name, parameters = registered.error("Deregister")
    assert (name, parameters["reason"]) == ("Refused", "identity_changed")
    assert len(cloud.requests()) == asked
    registered.call("Deregister", {"localOnly": True})
    assert registered.register()["guid"] != before["guid"]


@pytest.mark.complaint("identity: a reset leaves the key of a damaged state behind")
def test_a_reset_of_the_identity_destroys_damaged_states(registered):
    """The key in them is overwritten, too."""
    assert registered.stop() == 0
    text = registered.state_file.read_text()
    assert "PRIVATE KEY" in text
    registered.state_file.write_text(text[:-2])
    registered.start()
    (aside,) = corrupt_files(registered)
    (registered.state_directory / "state.json.corrupt-19700101T000000Z").write_text(text)
    with open(aside, "rb") as kept:
        assert b"PRIVATE KEY" in kept.read()
        registered.call("ResetIdentity")
        kept.seek(0)
        assert set(kept.read()) == {0}
    assert corrupt_files(registered) == [] and "stateFault" not in registered.status()
    assert registered.log().count("which may have held a key, is destroyed.") == 2
    # A cancelled or local deregistration leaves a file that somebody may want to restore, and the status names it.
    registered.register()


@pytest.mark.parametrize("member", ["trustAnchors", "chain"])
def test_certificates_that_an_older_version_kept_beyond_the_limit(registered, member):
    """The worker takes fewer than version 1 kept: a renewal replaces them."""
    serial = registered.registration()["certificate"]["serial"]
    assert registered.stop() == 0
    pem = registered.saved()["trustAnchors"]
    change(registered, "registration", member, pem * (210_000 // len(pem)))
    registered.config.write(timing__backoff_initial=0.02, timing__backoff_cap=0.05)
    registered.start()
    registered.call("Renew")
    registered.wait_for(lambda r: r["certificate"]["serial"] != serial and not r["running"], "a renewal")
    registered.wait_for(lambda r: r["health"] == "ok", "the cloud takes it")
    assert len(registered.saved()["trustAnchors"]) < 192 << 10
