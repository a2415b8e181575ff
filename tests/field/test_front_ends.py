"""Web servers and load balancers that pass the requests on, or answer them with a page of their own."""

import pytest

from front import FRONTS, PASSING
from server import free_port
from support.cloud import EST_HOST
from support.est import BRISK, renew
from support.refreshing import wait_refreshes
from way import HOSTS, backend, lead


def make(kind, agent, cloud, identity, to=None, **options):
    if kind == "stunnel":
        options["host"] = EST_HOST
    return FRONTS[kind](agent.folder, to or backend(cloud), identity, **options)


@pytest.mark.parametrize("version", ["1.2", "1.3"])
@pytest.mark.parametrize("kind", FRONTS)
def test_a_certificate_comes_through_a_server_that_ends_tls(idle, cloud, identity, kind, version):
    """It is the front end of the EST server: CA certificates, attributes and enrolment pass it."""
    with make(kind, idle, cloud, identity, versions=(version,)) as front:
        lead(idle, "est", to=front.port)
        idle.start()
        registration = idle.register()
        assert registration["health"] == "ok"
        if kind != "stunnel":
            # The requests came by the front end: the sandbox saw its connections, on which it shows no certificate.
            assert any(one.host == EST_HOST and one.path.endswith("/simpleenroll") for one in cloud.requests())
        assert idle.log().count("tls_") == 0


@pytest.mark.parametrize("kind", PASSING)
def test_a_whole_life_through_a_server_that_passes_tls_on(idle, cloud, identity, kind):
    with PASSING[kind](idle.folder, backend(cloud), identity) as front:
        lead(idle, "est", "sse", to=front.port)
        idle.config.write(**BRISK)
        idle.start()
        idle.register()
        renew(idle)
        wait_refreshes(idle, cloud)
        assert idle.ctl("deregister", "--yes", "--wait").returncode == 0
        assert cloud.devices() == []


# Pages of the servers themselves. None is what the cloud or a certificate authority has decided.

STATUSES = {
    "nginx": (413, 421, 426, 429, 500, 502, 503, 504),
    "apache": (408, 413, 421, 426, 429, 431, 500, 502, 503, 504),
    "haproxy": (408, 413, 425, 429, 500, 502, 503, 504),
}
PAGES = [(kind, status) for kind, statuses in STATUSES.items() for status in statuses]


def begin(agent, cloud, service, front):
    """Begins a registration through a front end of one service; returns the failure."""
    # Requests that only read pass the front end.
    agent.config.write(est__csr_attributes=False)
    lead(agent, service, to=front.port)
    agent.start()
    agent.enable()
    agent.begin_registration()
    step = {"sse": "context", "est": "certificate"}[service]
    agent.wait_for(lambda r: r.get("lastFailure", {}).get("step") == step, f"a failure at {step}")
    return agent.registration()["lastFailure"]


def assert_goes_on(agent, cloud, service, failure):
    """A page of the front end refuses neither the request nor the token: the registration goes on behind it."""
    assert failure["permanent"] is False
    assert HOSTS[service] in failure["message"]
    assert agent.registration()["state"] == "registering"
    key = agent.saved()["privateKey"]
    lead(agent, service, to=backend(cloud))
    agent.hup()
    agent.wait_state("registered")
    assert agent.saved()["privateKey"] == key
    assert len(cloud.devices()) == 1


def reason_of(service, status):
    """A page says nothing of the cloud, whose errors are JSON; an EST server's errors have no form of their own."""
    if service == "sse":
        return "unexpected_reply"
    if status == 429:
        return "rate_limited"
    return "server_error" if status >= 500 or status in (408, 425) else "unexpected_reply"


@pytest.mark.parametrize("service", HOSTS)
@pytest.mark.parametrize("kind, status", PAGES)
def test_a_page(idle, cloud, identity, service, kind, status):
    with make(kind, idle, cloud, identity, status=status) as front:
        failure = begin(idle, cloud, service, front)
        assert failure["reason"] == reason_of(service, status), failure
        assert str(status) in failure["message"]
        assert_goes_on(idle, cloud, service, failure)


@pytest.mark.parametrize("service", HOSTS)
@pytest.mark.parametrize("kind", ["nginx", "haproxy"])
def test_a_body_that_is_too_large_for_it(idle, cloud, identity, service, kind):
    with make(kind, idle, cloud, identity, limit=20) as front:
        failure = begin(idle, cloud, service, front)
        assert (failure["reason"], "413" in failure["message"]) == ("unexpected_reply", True), failure
        assert_goes_on(idle, cloud, service, failure)


@pytest.mark.parametrize("kind, status", [("nginx", 502), ("apache", 503), ("haproxy", 503)])
def test_nobody_behind_it(idle, cloud, identity, kind, status):
    with make(kind, idle, cloud, identity, to=free_port()) as front:
        failure = begin(idle, cloud, "sse", front)
        assert (failure["reason"], str(status) in failure["message"]) == ("unexpected_reply", True), failure
        assert_goes_on(idle, cloud, "sse", failure)


@pytest.mark.parametrize("kind", STATUSES)
def test_somebody_silent_behind_it(idle, cloud, identity, kind):
    cloud.hold("context")
    with make(kind, idle, cloud, identity, silent=1) as front:
        failure = begin(idle, cloud, "sse", front)
        assert failure["reason"] == "unexpected_reply", failure
        assert ("502" if kind == "apache" else "504") in failure["message"]
        cloud.clear()
        assert_goes_on(idle, cloud, "sse", failure)
