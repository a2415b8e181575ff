"""Kinds of networks: a proxy for some hosts or for all, no IPv6, or an IPv6 that leads nowhere."""

import os
import re
import socket
import subprocess
import sys

import pytest

from support import namespace, programs
from support.cloud import EST_HOST, SSE_HOSTS
from support.proxy import Proxy

SSE_HOST = SSE_HOSTS["EUROPE"]
QUICK = {"timing__refresh_interval": 0.05, "timing__refresh_jitter": 0.0}


def live(agent, cloud):
    """Lives a whole life: registers, refreshes, renews, deregisters."""
    registration = agent.register()
    agent.call("Renew")
    agent.wait_for(lambda r: r["certificate"]["serial"] != registration["certificate"]["serial"], "a renewal")
    agent.wait_for(lambda r: cloud.count("POST", "/refresh") >= 1, "a refresh")
    agent.call("Deregister")
    agent.wait_state("unregistered")
    methods = {(one.method, one.path.rsplit("/", 1)[-1]) for one in cloud.requests() if one.method != "TLS"}
    for call in [("POST", "activations"), ("GET", "cacerts"), ("POST", "simpleenroll"), ("POST", "simplereenroll")]:
        assert call in methods
    assert any(method == "DELETE" for method, _ in methods)


# Proxy


@pytest.mark.complaint("network: the proxy is used for some requests only, or its exemptions are not obeyed")
@pytest.mark.parametrize(
    "exempt, direct",
    [
        ((), set()),
        ((EST_HOST,), {EST_HOST}),
        ((".cisco.com",), {EST_HOST, SSE_HOST}),
        (("eu.sse.itd.cisco.com",), {SSE_HOST}),
        (("127.0.0.0/8", "[::1]", "sco.cisco.co"), set()),
        (("*",), {EST_HOST, SSE_HOST}),
        (("*.cisco.com",), {EST_HOST, SSE_HOST}),
        ((f"{EST_HOST}:443", f"{SSE_HOST}:8443"), {EST_HOST}),
        (("10.*", "<local>"), set()),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_the_proxy_is_used_for_every_request_but_those_exempted(idle, cloud, exempt, direct):
    with Proxy() as proxy:
        idle.config.write(**QUICK, network__proxy=proxy.url, network__no_proxy=exempt)
        idle.start()
        live(idle, cloud)
        requests = [one for one in cloud.requests() if one.method != "TLS"]
        assert {one.host for one in requests} == {EST_HOST, SSE_HOST}
        for one in requests:
            assert (int(one.port) in proxy.ports) == (one.host not in direct), one


@pytest.mark.complaint("network: a request uses the proxy of a shell's environment, or the proxy in use is not shown")
def test_the_proxy_of_a_shell_is_not_used(idle, cloud):
    """The configuration alone names the proxy."""
    with Proxy(refusal=403) as proxy:
        exported = {name: proxy.url for name in ("http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")}
        idle.config.write(**QUICK)
        idle.start(env=exported)
        assert "proxy" not in idle.status()
        live(idle, cloud)
        assert proxy.requests == []


@pytest.mark.complaint("network: a configured CA is used for some requests only, and no message says so")
def test_the_ca_file_is_used_for_every_request(idle, cloud):
    """No CA of this machine knows the sandbox."""
    idle.config.base = cloud.configuration.replace("ca_bundle = ", 'ca_bundle = ""; ca_file = ')
    idle.config.write(**QUICK)
    idle.start()
    live(idle, cloud)
    idle.config.path.write_text(re.sub(r'ca_bundle = "";\s+ca_file = [^;]*;', "", idle.config.text()))
    idle.hup()
    idle.begin_registration()
    failure = idle.wait_failure("tls_untrusted", "context")["lastFailure"]
    assert "network.ca_bundle" in failure["remedy"]
    idle.config.write()
    idle.hup()
    idle.wait_state("registered")


def test_no_token_passes_a_proxy_that_intercepts_tls(idle, cloud):
    """Its CA is in network.ca_file: that is known before the token is used, and check says so."""
    idle.config.base = cloud.configuration.replace("ca_bundle = ", "ca_file = ")
    idle.config.write(**QUICK)
    idle.start()
    idle.enable()
    idle.begin_registration()
    idle.wait_state("unregistered")
    failure = idle.registration()["lastFailure"]
    assert (failure["reason"], failure["step"], failure["permanent"]) == ("tls_intercepted", "context", True)
    assert f"TLS to {SSE_HOST}:443 is intercepted" in failure["message"]
    assert "issuer CN=Sandbox TLS CA" in failure["message"]
    assert "Exempt the regional server" in failure["remedy"] and "network.ca_bundle" in failure["remedy"]
    assert [one for one in cloud.requests() if one.host == SSE_HOST and one.method != "TLS"] == []
    with idle.connect() as connection:
        results = [reply["result"] for reply in connection.stream("Check", {}) if "result" in reply]
    found = {(one["service"], one["step"]): one for one in results}
    assert found["sse", "tls"]["ok"] is False and found["sse", "tls"]["reason"] == "tls_intercepted"
    assert found["sse", "tls"]["certificate"]["issuer"] == "CN=Sandbox TLS CA"
    assert ("sse", "service") not in found and found["est", "service"]["ok"] is True
    idle.config.base = cloud.configuration
    idle.config.write()
    idle.hup()
    idle.register()


def test_interception_that_begins_later_is_told(idle, cloud):
    """A certificate that a request has shown and that did not pass: the CA in network.ca_file says why."""
    idle.config.write(**QUICK)
    idle.start()
    idle.register()
    idle.config.base = cloud.configuration.replace("ca_bundle = ", "ca_file = ")
    idle.config.write()
    idle.hup()
    # A private server that takes the certificate is none that intercepts.
    before = cloud.count("POST", "/refresh")
    idle.wait_for(lambda r: cloud.count("POST", "/refresh") > before + 2, "refreshes")
    assert "lastFailure" not in idle.registration()
    cloud.fault("refresh", "status", 401)
    failure = idle.wait_failure("tls_intercepted", "refresh")["lastFailure"]
    assert "the appliance's certificate did not pass (401)" in failure["message"]


@pytest.mark.complaint("network: the issuer of an intercepted connection is not named, and no later network helps")
def test_who_intercepts_tls_is_named(ready, cloud):
    """The message has subject, issuer and fingerprint."""
    cloud.fault(f"tls:{SSE_HOST}", "certificate", "foreign")
    ready.begin_registration()
    message = ready.wait_failure("tls_untrusted")["lastFailure"]["message"]
    assert re.search(r"subject \S.*, issuer CN=\S.*, SHA-256 [0-9a-f]{64}\b", message), message
    assert message in ready.ctl("status").stdout
    # Away from that network the registration succeeds by itself.
    cloud.clear()
    ready.wait_state("registered")


# IPv6

NO_IPV6 = """
import fcntl, os, socket, struct, sys
with open("/proc/sys/net/ipv6/conf/all/disable_ipv6", "w") as file:
    file.write("1")
SIOCSIFFLAGS, IFF_UP = 0x8914, 1
fcntl.ioctl(socket.socket(socket.AF_INET, socket.SOCK_DGRAM), SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP))
print("ready", flush=True)
sys.stdin.read()
"""


@pytest.fixture(name="without_ipv6")
def make_without_ipv6():
    """The prefix that puts a program into a network that has only IPv4."""
    keeper = subprocess.Popen(
        [*namespace.prefix(":", "sh", also=["--net"]), sys.executable, "-c", NO_IPV6],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert keeper.stdout.readline() == b"ready\n"
    user = [] if os.geteuid() == 0 else ["--user", "--preserve-credentials"]
    yield ["nsenter", f"--target={keeper.pid}", "--net", *user]
    keeper.stdin.close()
    keeper.wait(programs.DEADLINE)
    keeper.stdout.close()


@pytest.mark.complaint("network: the agent does not start without IPv6")
def test_without_ipv6(idle, cloud, without_ipv6):
    cloud.stop()
    cloud.prefix = without_ipv6
    cloud.start()
    idle.config.base = cloud.configuration
    idle.config.write(**QUICK)
    idle.start(prefix=without_ipv6)
    live(idle, cloud)


@pytest.mark.complaint("network: an IPv6 address that leads nowhere uses up the time")
def test_an_ipv6_that_leads_nowhere(idle, cloud):
    """The kernel of that network answers no connection by IPv6."""
    (target,) = set(re.findall(r"127\.0\.0\.1:(\d+)", cloud.configuration))
    hosts = idle.folder / "hosts"
    hosts.write_text("::1 both.example\n127.0.0.1 both.example\n")
    silent = socket.create_server(("::1", int(target)), family=socket.AF_INET6, backlog=0)
    with silent, socket.create_connection(("::1", int(target))):
        idle.config.base = cloud.configuration.replace("127.0.0.1:", "both.example:")
        idle.config.write(**QUICK)
        idle.start(prefix=namespace.prefix('mount --bind "$0" /etc/hosts', hosts))
        live(idle, cloud)
