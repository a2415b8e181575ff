"""The worker where names are slow to be found, or lead to addresses that are silent."""

import socket

import pytest

from support import namespace
from support.foreign import ForeignServer
from support.names import NO, SILENCE, YES, A, NameServer
from support.worker import Worker

NETWORK = {"caBundle": "/etc/ssl/certs/ca-certificates.crt", "connectTimeout": 2000, "timeout": 60000}


@pytest.mark.parametrize("a, aaaa", [(YES, YES), (YES, NO), (NO, YES), (YES, SILENCE)])
def test_name_servers(tmp_path, a, aaaa):
    """The question for IPv6 addresses may never be answered."""
    network = {**NETWORK, "connectTo": ["localhost:443:cloud.example:443"]}
    with NameServer(tmp_path, a=a, aaaa=aaaa) as names:
        with Worker(network, names.prefix, [names.theirs.fileno()]) as worker:
            server = ForeignServer(tmp_path, names.open())
            with server:
                est = {"url": "https://localhost/.well-known/est", "tlsAnchors": server.tls.pem}
                assert worker.call("FetchTrustAnchors", est=est)["trustAnchors"] == server.authority.pem
        assert A in names.asked


def test_the_second_address_is_reached(tmp_path):
    """The first one, of the same family, answers no connection."""
    hosts = tmp_path / "hosts"
    hosts.write_text("127.0.0.1 both.example\n127.0.0.2 both.example\n")
    with ForeignServer(tmp_path, socket.create_server(("127.0.0.2", 0))) as server:
        port = server.socket.getsockname()[1]
        silent = socket.create_server(("127.0.0.1", port), backlog=0)
        with silent, socket.create_connection(("127.0.0.1", port)):
            network = {**NETWORK, "connectTo": [f"localhost:{port}:both.example:{port}"]}
            with Worker(network, namespace.prefix('mount --bind "$0" /etc/hosts', hosts)) as worker:
                est = {"url": server.url, "tlsAnchors": server.tls.pem}
                assert worker.call("FetchTrustAnchors", est=est)["trustAnchors"] == server.authority.pem
