"""What an appliance does in its life, as phases that can be interrupted: each begins at a known state, is asked for
once, and after whatever happened has one right end, which is checked against disk and cloud."""

import json
import subprocess
import time

from support import programs, wire

GONE = (wire.Closed, ConnectionError, FileNotFoundError, TimeoutError)


# Members that a deregistered appliance lacks.
IDENTITY = {"guid", "server", "privateKey", "certificate", "certificateInfo", "chain", "trustAnchors", "newPrivateKey"}
IDENTITY |= {"newCertificate", "token", "enrollment", "step", "renewalStep", "tenant"}


def refused_for_io(agent, method, parameters=None):
    """Makes a call. True if it was carried out, False if it was refused with state_io or the daemon went away."""
    try:
        agent.call(method, parameters)
        return True
    except wire.Error as error:
        assert error.parameters.get("reason") == "state_io", f"{method} was answered with {error}"
        assert error.parameters["remedy"] == "Check the space and the permissions of the state directory."
    return False


def public_key(*command, text):
    result = subprocess.run(
        ["openssl", *command], input=text, capture_output=True, text=True, check=False, env=programs.environment()
    )
    assert result.returncode == 0 and result.stdout.startswith("-----BEGIN PUBLIC KEY"), result.stderr
    return result.stdout


def assert_pair(registration, new=False):
    """The certificate in a saved registration belongs to the private key beside it; new: those of a renewal."""
    names = ("newCertificate", "newPrivateKey") if new else ("certificate", "privateKey")
    certificate, key = (registration[name] for name in names)
    assert public_key("x509", "-pubkey", "-noout", text=certificate) == public_key("pkey", "-pubout", text=key), (
        f"{names[0]} and {names[1]} do not match"
    )


def assert_whole(agent):
    """Checks the disk as it must be at any moment: one whole state file, and no certificate without its key."""
    state = agent.state()
    registration = state["registration"]
    if "certificate" in registration:
        assert_pair(registration)
    if "newCertificate" in registration:
        assert_pair(registration, new=True)
    assert state["settings"]["revision"] == state["commits"][0]["revision"]


def assert_clean(agent):
    """The state directory has only the state, and the state has no token."""
    names = [path.name for path in agent.state_directory.iterdir()]
    assert names == ["state.json"], names
    assert "token" not in agent.saved() and "enrollment" not in agent.saved()


def assert_registered(agent):
    """The appliance is registered once, on disk and in the cloud alike."""
    registration = agent.saved()
    assert registration["state"] == "registered"
    assert_whole(agent)
    assert_clean(agent)
    (device,) = agent.cloud.devices()
    assert device["guid"] == registration["guid"]
    assert device["certificateSerial"] == registration["certificateInfo"]["serial"]


class Phase:
    """begin() keeps what is needed to judge the end; ask() is the one call that starts it."""

    name = method = None

    def begin(self, agent):
        """Called before the daemon starts."""

    def ask(self, agent):
        """True if it was accepted, False if it was refused with state_io."""
        return refused_for_io(agent, self.method)

    def is_done(self, agent):
        raise NotImplementedError

    def settle(self, agent, accepted):
        """The daemon runs again, without faults: reaches the end, if accepted by itself, and checks it."""
        raise NotImplementedError


class Commit(Phase):
    name = "commit"
    method = "Commit"

    def begin(self, agent):
        self.old = agent.state()["settings"]
        self.new = {
            "enabled": True,
            "server": "EUROPE" if self.old.get("server") == "AMERICAS" else "AMERICAS",
            "revision": self.old["revision"] + 1,
        }

    def ask(self, agent):
        agent.call("Stage", {"server": self.new["server"]})
        return super().ask(agent)

    def is_done(self, agent):
        return agent.state()["settings"] == self.new

    def settle(self, agent, accepted):
        settings = agent.state()["settings"]
        assert settings == self.new or not accepted and settings == self.old, (accepted, settings)
        shown = agent.status()
        assert (shown["revision"], shown["server"]["label"]) == (settings["revision"], settings["server"])
        if settings == self.old:
            assert self.ask(agent)
        assert self.is_done(agent)
        assert_whole(agent)
        assert_clean(agent)


class Registration(Phase):
    name = "registration"

    def begin(self, agent):
        self.token = agent.cloud.token(agent.state()["settings"]["server"])

    def ask(self, agent):
        return refused_for_io(agent, "Register", {"token": self.token})

    def is_done(self, agent):
        return agent.saved()["state"] == "registered"

    def settle(self, agent, accepted):
        if agent.registration()["state"] == "unregistered":
            assert not accepted, "an accepted registration was forgotten"
            # The token is still good.
            assert self.ask(agent)
        agent.wait_state("registered")
        assert_registered(agent)


class Renewal(Phase):
    name = "renewal"
    method = "Renew"

    def begin(self, agent):
        info = agent.saved()["certificateInfo"]
        self.serial = info["serial"]
        # A renewal of the same second would be no longer valid than the old certificate, and be tried again.
        programs.until(lambda: time.time() >= info["notBefore"] + 1, "a second has passed")

    def is_done(self, agent):
        saved = agent.saved()
        return saved["certificateInfo"]["serial"] != self.serial and "renewalStep" not in saved

    def settle(self, agent, accepted):
        # A person who asked for a renewal and lost the daemon asks again; a renewal that is due comes by itself.
        if not self.is_done(agent) and agent.registration().get("operation") != "renew":
            assert self.ask(agent)
        agent.wait_for(lambda _: self.is_done(agent), "a new certificate")
        agent.wait_for(lambda r: not r["running"], "nothing runs")
        assert_registered(agent)


class Deregistration(Phase):
    name = "deregistration"
    method = "Deregister"

    def is_done(self, agent):
        return agent.saved()["state"] == "unregistered"

    def settle(self, agent, accepted):
        if agent.registration()["state"] == "registered":
            assert not accepted, "an accepted deregistration was forgotten"
            assert self.ask(agent)
        agent.wait_state("unregistered")
        assert agent.cloud.devices() == []
        assert IDENTITY.isdisjoint(agent.saved())
        assert "machineId" not in agent.state()
        assert_whole(agent)
        assert_clean(agent)


# The phases in the order of a life: each begins at the end of the one before.
PHASES = (Commit, Registration, Renewal, Deregistration)


def describe(agent):
    """Returns disk and end of the log, for a failure."""
    try:
        saved = json.dumps({**agent.saved(), "privateKey": "..."})[:600]
    except (OSError, ValueError) as error:
        saved = str(error)
    names = sorted(path.name for path in agent.state_directory.iterdir())
    return f"state: {saved}\ndirectory: {names}\n{agent.log()[-1500:]}"
