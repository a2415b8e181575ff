"""A configuration that changes under a daemon: a bad one is refused, a good one takes effect at once."""

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
    """A worker that can't be started is replaced while a registration waits."""
    ready.config.write(worker__address="/nonexistent")
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
