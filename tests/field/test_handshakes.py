"""Servers with which no TLS session or no exchange in HTTP/1.1 comes about."""

import pytest

from front import FRONTS
from way import HOSTS, backend, lead

# The server, its options, the reason, and what the message says.
CASES = {
    "plain HTTP": ("nginx", {"versions": ()}, "unexpected_reply", "something else than TLS"),
    "an old version": (
        "nginx", {"versions": ("1.1",), "ciphers": "ALL:@SECLEVEL=0"}, "unexpected_reply", "protocol version"
    ),
    "no common cipher": (
        "nginx", {"versions": ("1.2",), "ciphers": "AES128-SHA"}, "unexpected_reply", "handshake failure"
    ),
    # It takes the request for a wrong beginning, and says nothing.
    "HTTP/2 alone": ("haproxy", {"http2": True}, "server_error", "broke off"),
}


@pytest.mark.parametrize("service", HOSTS)
@pytest.mark.parametrize("name", CASES)
def test_no_exchange(idle, cloud, identity, name, service):
    kind, options, reason, text = CASES[name]
    with FRONTS[kind](idle.folder, backend(cloud), identity, **options) as front:
        lead(idle, service, to=front.port)
        idle.start()
        idle.enable()
        idle.begin_registration()
        step = {"sse": "context", "est": "trust"}[service]
        failure = idle.wait_for(lambda r: r.get("lastFailure", {}).get("step") == step, "a failure")["lastFailure"]
        assert failure["reason"] == reason
        assert text in failure["message"] and HOSTS[service] in failure["message"]
        lead(idle, service, to=backend(cloud))
        idle.hup()
        idle.wait_state("registered")


def test_a_proof_of_possession_with_a_server_of_tls_1_3(idle, cloud, identity):
    """The proof needs TLS 1.2: the message says so."""
    with FRONTS["nginx"](idle.folder, backend(cloud), identity, versions=("1.3",)) as front:
        lead(idle, "est", to=front.port)
        idle.config.write(est__proof_of_possession="always")
        idle.start()
        idle.enable()
        idle.begin_registration()
        idle.wait_for(lambda r: r.get("lastFailure", {}).get("step") == "certificate", "a failure")
        failure = idle.registration()["lastFailure"]
        assert "TLS 1.2 alone, which the proof of possession needs" in failure["message"]
        idle.config.write(est__proof_of_possession="never")
        idle.hup()
        idle.wait_state("registered")
