"""A configuration that changes under a daemon: a bad one is refused, a good one takes effect at once."""

import re

import pytest

from support import programs
from support.configuration import GROUPS, TEXT


@pytest.mark.complaint("configuration: a bad file or value is replaced by a default")
def test_start_with_a_bad_file(idle):
    idle.config.path.write_text("nonsense = 1;")
    result = programs.run(*idle.command())
    assert result.returncode == 78
    assert result.stderr == f"{idle.config.path}:1: nonsense: found an unknown key, allowed are {GROUPS}\n"
    assert not idle.state_directory.exists() and not idle.socket.exists()


@pytest.mark.complaint("configuration: a failed reload is reported as done")
def test_reload_with_a_bad_file(registered):
    before = registered.status()
    registered.config.path.write_text("identity = { name = 5; };\nnonsense = 1;")
    registered.hup()
    after = registered.status()
    assert after["configFault"] == (
        f"{registered.config.path}:1: identity.name: found the integer 5, allowed is {TEXT} 253 bytes"
    )
    assert after["name"] == before["name"] == "gateway.example.com"
    assert after["registration"] == before["registration"]
    assert "Config fault    " + after["configFault"] in registered.ctl("status").stdout
    assert "The configuration was not reloaded; the old one stays in effect." in registered.log()

    registered.config.write(identity__name="other.example.com")
    registered.hup()
    after = registered.status()
    assert "configFault" not in after
    assert after["name"] == "other.example.com"


def test_reload_without_a_file(agent):
    agent.config.path.unlink()
    agent.hup()
    assert agent.status()["configFault"] == (
        f"{agent.config.path}: can't open the configuration: No such file or directory"
    )


@pytest.mark.complaint("configuration: a reload applies only a part and does not say so")
def test_reload_takes_effect_at_once(ready, cloud):
    """A worker that does no work is replaced while a registration waits."""
    ready.config.write(worker__address="/bin/false")
    ready.hup()
    ready.begin_registration()
    ready.wait_failure("worker_failed", "key")
    ready.config.write(worker__address=programs.program("threatresponse-worker"))
    ready.hup()
    ready.wait_state("registered")
    assert len(cloud.devices()) == 1


@pytest.mark.complaint("retry: no command makes a waiting agent try again at once")
@pytest.mark.parametrize("operation", ["register", "deregister"])
def test_reload_tries_at_once_what_waits(ready, cloud, operation):
    if operation == "deregister":
        ready.register()
    ready.config.write(timing__backoff_initial=60, timing__backoff_cap=60)
    ready.hup()
    cloud.fault("contexts" if operation == "register" else "delete", "status", 503)
    ready.begin_registration() if operation == "register" else ready.call("Deregister")
    ready.wait_for(lambda r: r["attempt"] == 1 and not r["running"])
    cloud.clear()
    ready.hup()
    ready.wait_state("registered" if operation == "register" else "unregistered")


def test_reload_in_the_middle_of_a_step(ready, cloud):
    cloud.hold("certificate")
    ready.begin_registration()
    ready.wait_step("certificate")
    ready.config.write(identity__name="other.example.com")
    ready.hup()
    assert ready.registration()["step"] == "certificate"
    ready.kill()
    cloud.clear()
    ready.start()
    ready.wait_state("registered")


# Configurations without a setting in use


@pytest.mark.complaint("configuration: a bad file or value is replaced by a default")
@pytest.mark.parametrize("text", ["", "/* note\n", "# emptied\n"])
def test_an_empty_file_keeps_the_former_configuration(registered, text):
    before = registered.status()["server"]
    good = registered.config.path.read_text()
    registered.config.path.write_text(text + good if "/*" in text else text)
    assert registered.ctl("reload").returncode == 1
    wanted = "found a comment that begins here" if "/*" in text else "found no settings; put it back, or restart"
    assert wanted in registered.status()["configFault"]
    assert registered.status()["server"] == before
    registered.call("Renew")
    registered.config.path.write_text(good)
    assert registered.ctl("reload").returncode == 0


def test_the_server_in_use_is_not_dropped_by_accident(idle):
    listed = idle.config.path.read_text()
    more = listed.replace("servers = (", 'servers = ( { label = "LAB"; fqdn = "lab.example"; },')
    without = re.sub(r"servers = \([^)]*\);", "", listed)
    idle.config.path.write_text(more)
    idle.start()
    idle.enable("LAB")
    idle.config.path.write_text(without)
    assert idle.ctl("reload").returncode == 1
    assert "servers: found nothing, though the list in effect has the server in use; put it back" in idle.status()["configFault"]
    assert idle.status()["server"]["fqdn"] == "lab.example"
    idle.config.path.write_text(more)
    assert idle.ctl("reload").returncode == 0
    # This one is in the default list with the same host.
    idle.call("Stage", {"server": "EUROPE"})
    idle.call("Commit")
    idle.config.path.write_text(without)
    assert idle.ctl("reload").returncode == 0


def test_the_est_server_in_use_is_not_dropped_by_accident(ready):
    good = ready.config.path.read_text()
    without = re.sub(r"est = {[^}]*};", "", good)
    ready.config.path.write_text(without)
    assert ready.ctl("reload").returncode == 0
    ready.config.path.write_text(good)
    assert ready.ctl("reload").returncode == 0
    ready.register()
    ready.config.path.write_text(without)
    assert ready.ctl("reload").returncode == 1
    assert "est.url: found nothing, though the registration uses the one in effect" in ready.status()["configFault"]
