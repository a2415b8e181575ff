"""The way through squid: with each kind of authentication, refused, and intercepted."""

import os
import re

import pytest

from front import PASSING
from server import free_port
from squid import PASSWORD, USER, Squid
from support.est import BRISK, ask_for_renewal, renew
from support.refreshing import wait_refreshes
from way import HOSTS, backend, lead


def use(agent, proxy, password=PASSWORD, **more):
    """Writes the configuration: all goes through the proxy."""
    path = agent.folder / "proxy-password"
    path.write_text(password)
    path.chmod(0o600)
    keys = {"network__proxy_user": USER, "network__proxy_password_file": str(path)} if proxy.auth else {}
    agent.config.write(network__proxy=proxy.url, **BRISK, **keys, **more)


@pytest.mark.parametrize("auth", [None, "basic", "digest"])
def test_a_whole_life(idle, cloud, auth):
    with Squid(idle.folder, auth=auth) as proxy:
        use(idle, proxy)
        idle.start()
        idle.register()
        renew(idle)
        wait_refreshes(idle, cloud)
        assert idle.ctl("deregister", "--yes", "--wait").returncode == 0
        assert cloud.devices() == []
        assert "CONNECT 127.0.0.1" in proxy.access()
    assert PASSWORD not in idle.log()


def fail(agent, reason, step="context"):
    agent.start()
    agent.enable()
    agent.begin_registration()
    failure = agent.wait_failure(reason, step)["lastFailure"]
    assert failure["permanent"] is False
    return failure


@pytest.mark.parametrize("auth", ["basic", "digest"])
def test_a_wrong_password(idle, auth):
    with Squid(idle.folder, auth=auth) as proxy:
        use(idle, proxy, password="wrong")
        failure = fail(idle, "proxy_auth")
        assert "proxy user and password" in failure["remedy"]
        use(idle, proxy)
        idle.hup()
        idle.wait_state("registered")


@pytest.mark.parametrize("auth, name", [("negotiate", "Negotiate"), ("ntlm", "NTLM")])
def test_authentication_that_is_not_known(idle, auth, name):
    """The password is not to blame: the message names what the proxy offers, and what there is."""
    with Squid(idle.folder, auth=auth) as proxy:
        use(idle, proxy)
        failure = fail(idle, "proxy_auth")
        assert name in failure["message"], failure
        assert "Basic" in failure["message"] and "Digest" in failure["message"]


def test_a_proxy_that_denies(idle):
    with Squid(idle.folder, deny=True) as proxy:
        use(idle, proxy)
        assert "403" in fail(idle, "proxy_failed")["message"]


def test_a_proxy_that_reaches_nobody(idle):
    with Squid(idle.folder) as proxy:
        lead(idle, "sse", to=free_port())
        use(idle, proxy)
        assert "503" in fail(idle, "proxy_failed")["message"]


# TLS is intercepted. squid finds the hosts by their names, at an address of loopback with the cloud's port; those that
# are exempt are reached directly.


@pytest.fixture(name="inspecting")
def make_inspecting(idle, cloud, identity):
    """A proxy that intercepts TLS; the agent reaches nobody by a connect_to."""
    if os.geteuid() != 0:
        pytest.skip("only root may listen on port 443")
    number = os.getpid()
    address = f"127.43.{number >> 8 & 255}.{number & 255}"
    with PASSING["haproxy"](idle.folder, backend(cloud), identity, address):
        with Squid(idle.folder, bump=address) as proxy:
            idle.config.base = re.sub(r"  connect_to = \(.*?\);\n", "", idle.config.base, flags=re.S)
            yield proxy


def exempt(agent, cloud, proxy, *services, **more):
    """Writes the configuration: these services are reached directly."""
    hosts = [HOSTS[service] for service in services]
    direct = [f"{host}:443:127.0.0.1:{backend(cloud)}" for host in hosts]
    use(agent, proxy, network__no_proxy=hosts, network__connect_to=direct, **more)


def test_interception_by_an_unknown_ca(idle, cloud, inspecting):
    use(idle, inspecting)
    failure = fail(idle, "tls_untrusted")
    assert "CN=Inspecting Proxy" in failure["message"]
    assert [one for one in cloud.requests() if one.method == "POST"] == []
    result = idle.ctl("check", "EUROPE")
    assert result.returncode == 1 and "tls_untrusted" in result.stdout
    exempt(idle, cloud, inspecting, "sse", "est")
    idle.hup()
    idle.wait_state("registered")


def test_interception_by_a_known_ca(idle, cloud, inspecting):
    """The appliance's certificate can't pass: known before the token is used, and by the check."""
    known = {"network__ca_file": str(inspecting.bump_ca)}
    use(idle, inspecting, **known)
    idle.start()
    idle.enable()
    token = cloud.token()
    idle.begin_registration(token)
    failure = idle.wait_state("unregistered")["lastFailure"]
    assert (failure["reason"], failure["step"]) == ("tls_intercepted", "context")
    assert "CN=Inspecting Proxy" in failure["message"]
    assert "Exempt the regional server" in failure["remedy"]
    assert [one for one in cloud.requests() if one.method == "POST"] == []
    result = idle.ctl("check", "EUROPE")
    assert result.returncode == 1 and "tls_intercepted" in result.stdout

    # The remedy. The EST server is reached by the proxy still, which reads what the agent sends it.
    exempt(idle, cloud, inspecting, "sse", **known)
    idle.hup()
    idle.register(token)
    assert "simpleenroll" in inspecting.access() and "contexts" not in inspecting.access()


def test_interception_of_a_renewal(idle, cloud, inspecting):
    """The certificate that a renewal shows can't pass either; the appliance keeps the one that it has."""
    exempt(idle, cloud, inspecting, "sse", network__ca_file=str(inspecting.bump_ca))
    idle.start()
    serial = idle.register()["certificate"]["serial"]
    ask_for_renewal(idle)
    idle.wait_failure("tls_intercepted", "renewal-certificate")
    assert idle.registration()["certificate"]["serial"] == serial
    exempt(idle, cloud, inspecting, "sse", "est")
    idle.hup()
    idle.wait_for(lambda r: r["certificate"]["serial"] != serial, "a renewal")


def test_interception_begins_later(idle, cloud, inspecting):
    """A registered appliance stays what it is, and says who must do what."""
    exempt(idle, cloud, inspecting, "sse", "est")
    idle.start()
    idle.register()
    use(idle, inspecting, network__ca_file=str(inspecting.bump_ca), network__no_proxy=(), network__connect_to=())
    idle.hup()
    failure = idle.wait_failure("tls_intercepted", "refresh")["lastFailure"]
    assert "Exempt the regional server" in failure["remedy"]
    assert idle.registration()["state"] == "registered"
    exempt(idle, cloud, inspecting, "sse", "est")
    idle.hup()
    wait_refreshes(idle, cloud)
    assert len(cloud.devices()) == 1
