"""EST servers that an activation names: only on hosts that are allowed, and not on this machine by a name of a domain."""

import socket

import pytest

from support import namespace
from support.est_worker import NETWORK, PASSWORD, enrolment, est_of
from support.worker import Worker

ALLOWED = ["est.sco.example", ".sco.example"]


@pytest.mark.parametrize("host", ["127.0.0.1", "0x7f.1", "2130706433", "017700000001", "127.1", "localhost", "[::1]", "0"])
def test_no_connection_to_what_is_not_allowed(worker, key, host):
    """A listener of this machine gets no byte, in any spelling of its address."""
    with socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True) as listener:
        listener.setblocking(False)
        est = {"url": f"https://{host}:{listener.getsockname()[1]}/.well-known/est", "hosts": ALLOWED}
        for method, more in [
            ("FetchTrustAnchors", {}),
            ("GetCsrAttributes", {"enrollment": PASSWORD}),
            ("Enroll", {"enrollment": PASSWORD, "privateKey": key, "commonName": "x", "trustAnchors": "x"}),
        ]:
            if method == "Enroll":
                more["trustAnchors"] = open("/etc/ssl/certs/ca-certificates.crt", encoding="ascii").read().split("\n\n")[0]
                more["trustAnchors"] = more["trustAnchors"][: more["trustAnchors"].index("-----END") + 26]
            failure = worker.failure(method, est=est, **more)
            assert failure["reason"] == "unexpected_reply"
            assert "is none that est.hosts allows: nothing was sent to it" in failure["message"]
        with pytest.raises(BlockingIOError):
            listener.accept()


def test_a_host_that_is_allowed(server, worker, key):
    est = est_of(server, hosts=["localhost"])
    assert worker.call("FetchTrustAnchors", est=est)["trustAnchors"] == server.authority.pem
    worker.call("Enroll", **enrolment(server, key, hosts=["LOCALHOST"]))


def test_a_check_tells_it(server, worker):
    failure = worker.failure("FetchTrustAnchors", est=est_of(server, hosts=["est.example"]))
    assert failure["message"].startswith(f"The EST server {server.url} is none that est.hosts allows")
    assert server.requests == []


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1"])
@pytest.mark.parametrize("hosts, reached", [([".lan.example"], False), (["est.lan.example"], True), (None, True)])
def test_a_name_of_this_machine(tmp_path, address, hosts, reached):
    """A domain allows no name with such an address; the name itself does."""
    file = tmp_path / "hosts"
    file.write_text(f"{address} est.lan.example\n")
    with socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True) as listener:
        listener.setblocking(False)
        est = {"url": f"https://est.lan.example:{listener.getsockname()[1]}/", **({"hosts": hosts} if hosts else {})}
        network = {**NETWORK, "connectTimeout": 1000, "timeout": 1000}
        with Worker(network, namespace.prefix('mount --bind "$0" /etc/hosts', file)) as worker:
            failure = worker.failure("FetchTrustAnchors", est=est)
        if reached:
            assert failure["reason"] == "connect_timeout", failure
            listener.accept()[0].close()
            return
        assert failure["reason"] == "unexpected_reply"
        assert "has an address of this machine or its link" in failure["message"]
        with pytest.raises(BlockingIOError):
            listener.accept()


def test_a_place_that_connect_to_names(server):
    """The administrator's word leads to this machine, whatever the domain."""
    port = server.socket.getsockname()[1]
    network = {**NETWORK, "connectTo": [f"localhost:{port}:127.0.0.1:{port}"]}
    with Worker(network) as worker:
        est = {**est_of(server), "hosts": ["*.localhost"]}
        assert worker.call("FetchTrustAnchors", est=est)["trustAnchors"] == server.authority.pem
