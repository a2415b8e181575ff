"""An appliance that ships with a token registers itself, once."""

import json

import pytest

from support.cloud import STEPS

FIRST_BOOT = {"settings__enabled": True, "settings__server": "EUROPE", "registration__auto_register": True}


@pytest.fixture(name="shipped")
def make_shipped(idle, cloud):
    """An agent that has not been started yet, with a token among the credentials that systemd would pass."""
    credentials = idle.folder.parent / (idle.folder.name + "-credentials")
    credentials.mkdir()
    idle.token = credentials / "threatresponse.token"
    idle.token.write_text(cloud.token() + "\n")
    idle.credentials = {"CREDENTIALS_DIRECTORY": str(credentials)}
    idle.config.write(**FIRST_BOOT)
    return idle


def boot(agent):
    agent.start(env=agent.credentials)


def reboot(agent):
    agent.kill()
    boot(agent)


def activations(cloud):
    return [line for line in cloud.log.read_text().splitlines() if "activations" in line]


def assert_idle_and_unregistered(agent, cloud, before):
    """The appliance stays unregistered: nothing is planned, and the cloud got no request."""
    registration = agent.registration()
    assert registration["state"] == "unregistered" and "operation" not in registration
    assert cloud.log.read_text() == before


def test_registers_itself(shipped, cloud):
    boot(shipped)
    registration = shipped.wait_state("registered")
    assert registration["requestedBy"]["userName"] == "first boot"
    assert "first boot" in shipped.ctl("status").stdout
    assert "The appliance registers itself with the token of registration.token_file" in shipped.log()
    assert shipped.token.read_text().strip() not in shipped.log() + shipped.state_file.read_text()
    assert len(activations(cloud)) == 1


def test_token_in_a_file(shipped):
    path = shipped.folder / "token"
    path.write_text(shipped.token.read_text().strip() + "\r\n")
    shipped.config.write(registration__token_file=str(path))
    shipped.start()
    shipped.wait_state("registered")


@pytest.mark.complaint("configuration: switching an option off has no effect")
@pytest.mark.parametrize("keys", [{"settings__enabled": False}, {"registration__auto_register": False}])
def test_only_if_configured(shipped, cloud, keys):
    shipped.config.write(**keys)
    boot(shipped)
    assert_idle_and_unregistered(shipped, cloud, cloud.log.read_text())
    assert "everRegistered" not in json.loads(shipped.state_file.read_text() if shipped.state_file.exists() else "{}")


@pytest.mark.complaint("enrolment: a reboot loses a registration that waits")
@pytest.mark.parametrize("step", STEPS[1:])
def test_killed_in_the_middle(shipped, cloud, step):
    """The registration goes on with the saved token, even without the file."""
    cloud.hold(step)
    boot(shipped)
    shipped.wait_step(step)
    shipped.token.unlink()
    shipped.kill()
    cloud.clear()
    boot(shipped)
    shipped.wait_state("registered")
    assert len(cloud.devices()) == 1


@pytest.mark.complaint("removal: a deregistered appliance registers itself at the next boot")
def test_never_again_after_a_deregistration(shipped, cloud):
    boot(shipped)
    shipped.wait_state("registered")
    shipped.call("Deregister")
    shipped.wait_state("unregistered")
    shipped.token.write_text(cloud.token())
    before = cloud.log.read_text()
    reboot(shipped)
    assert_idle_and_unregistered(shipped, cloud, before)
    assert "is no longer needed and can be removed" in shipped.log()


def test_never_again_after_a_cancel(shipped, cloud):
    cloud.hold("activation")
    boot(shipped)
    shipped.wait_step("activation")
    shipped.call("Cancel")
    shipped.wait_state("unregistered")
    cloud.clear()
    before = cloud.log.read_text()
    reboot(shipped)
    assert_idle_and_unregistered(shipped, cloud, before)


@pytest.mark.complaint("enrolment: nothing works after a refused token until a restart")
def test_never_again_after_a_refusal(shipped, cloud):
    cloud.fault("activations", "status", 403, "--code", "token_used")
    boot(shipped)
    shipped.wait_failure("token_rejected", "activation")
    cloud.clear()
    before = cloud.log.read_text()
    reboot(shipped)
    assert_idle_and_unregistered(shipped, cloud, before)
    assert shipped.registration()["lastFailure"]["reason"] == "token_rejected"


def test_never_after_a_registration_by_hand(shipped, cloud):
    shipped.config.write(registration__auto_register=False)
    boot(shipped)
    shipped.register()
    shipped.call("Deregister")
    shipped.wait_state("unregistered")
    shipped.config.write(registration__auto_register=True)
    before = cloud.log.read_text()
    reboot(shipped)
    assert_idle_and_unregistered(shipped, cloud, before)


def test_never_with_a_state_that_was_lost(shipped, cloud):
    shipped.state_directory.mkdir(mode=0o700, exist_ok=True)
    shipped.state_file.write_text("rubbish")
    before = cloud.log.read_text()
    boot(shipped)
    assert_idle_and_unregistered(shipped, cloud, before)


def test_again_after_a_reset(shipped, cloud):
    """A reset makes the appliance new: each copy of it has a first boot of its own."""
    boot(shipped)
    shipped.wait_state("registered")
    shipped.call("Deregister")
    shipped.wait_state("unregistered")
    shipped.call("ResetIdentity")
    shipped.token.write_text(cloud.token())
    reboot(shipped)
    shipped.wait_state("registered")


@pytest.mark.complaint("enrolment: an empty token or an empty token file is accepted")
@pytest.mark.parametrize(
    "contents, words",
    [
        (None, "credential:threatresponse.token, can't be read: No such file or directory."),
        ("", "credential:threatresponse.token, can't be read: No data available."),
        ("short", "The token is not well-formed (5 characters): a token has 16 to 512 characters of - . _ 0-9 A-Z a-z."),
        ("two-lines-of-a-token\nsecond-line-of-it", "The token is not well-formed (38 characters)"),
    ],
)
def test_no_good_token(shipped, cloud, contents, words):
    good = shipped.token.read_text()
    shipped.token.unlink()
    if contents is not None:
        shipped.token.write_text(contents)
    before = cloud.log.read_text()
    boot(shipped)
    assert_idle_and_unregistered(shipped, cloud, before)
    failure = shipped.registration()["lastFailure"]
    assert failure["reason"] == "token_malformed" and failure["permanent"] is True
    assert words in failure["message"]
    assert not contents or contents not in shipped.log() + json.dumps(shipped.status())
    # It used up neither the token nor the first boot.
    shipped.token.write_text(good)
    reboot(shipped)
    shipped.wait_state("registered")
