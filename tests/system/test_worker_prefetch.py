"""CA certificates and CSR attributes that the worker fetches while context and activation are on their way."""

import pytest

from support import programs
from support.est_worker import NETWORK, enrolment, est_of
from support.foreign import Answer


CLIENT = {"guid": "1f0a0000-0000-4000-8000-000000000000", "name": "", "type": "", "version": "", "description": ""}


@pytest.fixture(name="regional")
def make_regional(server):
    """The regional server is the same one here. It answers when the first of what is fetched beforehand has come: the
    second is only asked for then."""

    def activate(_):
        programs.until(lambda: "GET csrattrs" in server.asked(), "the CSR attributes are asked for")
        return Answer(201, b'{"enrollment":{"scheme":"bearer","secret":"s3cret"}}')

    server.answers["activations"] = activate
    server.answers["contexts"] = Answer(201, b"{}")
    return {"network": {**NETWORK, "caBundle": str(server.tls.certificate)}}


def test_fetched_while_the_activation_is_on_its_way(server, worker, key, regional):
    """The worker asks for each once, on one connection, which the enrolment uses, too."""
    est = est_of(server)
    worker.call("Activate", url=server.url + "/activations", token="t" * 20, est=est, **regional)
    assert worker.call("FetchTrustAnchors", est=est, **regional)["trustAnchors"] == server.authority.pem
    worker.call("Enroll", **enrolment(server, key), **regional)
    assert sorted(server.asked()) == ["GET cacerts", "GET csrattrs", "POST activations", "POST simpleenroll"]
    est_connections = {one.connection for one in server.requests if not one.path.endswith("activations")}
    assert len(est_connections) == 1


def test_fetched_with_the_context(server, worker, key, regional):
    """A later call takes the result of the prefetch."""
    est = est_of(server)
    worker.call("CreateContext", url=server.url + "/contexts", client=CLIENT, exchange="localhost", refreshInterval=1200,
                est=est, **regional)
    assert worker.call("FetchTrustAnchors", est=est, **regional)["trustAnchors"] == server.authority.pem
    worker.call("Enroll", **enrolment(server, key), **regional)
    assert sorted(server.asked()) == ["GET cacerts", "GET csrattrs", "POST contexts", "POST simpleenroll"]


def test_a_fault_beforehand_is_none(server, worker, regional):
    """A failed prefetch doesn't fail the activation; the later call asks again."""
    good = server.answers["cacerts"]
    server.answers["cacerts"] = lambda request: None
    est = est_of(server)
    worker.call("Activate", url=server.url + "/activations", token="t" * 20, est=est, **regional)
    server.answers["cacerts"] = good
    assert worker.call("FetchTrustAnchors", est=est, **regional)["trustAnchors"] == server.authority.pem


def test_bad_anchors_beforehand_are_told_later(server, worker, regional):
    server.answers["cacerts"] = Answer(200, b"<html>")
    est = est_of(server)
    worker.call("Activate", url=server.url + "/activations", token="t" * 20, est=est, **regional)
    assert worker.failure("FetchTrustAnchors", est=est, **regional)["reason"] == "unexpected_reply"
