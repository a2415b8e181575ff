"""trctl check: an administrator runs it before he opens the firewall ticket."""

import json
import os
import signal
import socket

import pytest

from support import programs, wire
from support.cloud import EST_HOST, SSE_HOSTS
from support.proxy import Proxy

STEPS = ["resolve", "connect", "tls", "clock", "service"]
EUROPE, EST = SSE_HOSTS["EUROPE"] + ":443", EST_HOST + ":443"


def run_check(agent, **parameters):
    """The hosts of the first reply, and the results; each reply is checked against the IDL."""
    with agent.connect() as connection:
        first, *rest = connection.stream("Check", parameters)
    return first, [reply["result"] for reply in rest]


def of_host(results, host):
    return [result for result in results if result["host"] == host]


def assert_fails_at(results, host, step, reason):
    """All steps before this one succeed, this one fails, and none follows."""
    seen = of_host(results, host)
    assert [result["step"] for result in seen][-1] == step
    assert all(result["ok"] for result in seen[:-1])
    last = seen[-1]
    assert (last["ok"], last["reason"]) == (False, reason)
    assert last["remedy"] and last["message"]
    return last


def test_all_is_well(agent, cloud):
    """On a disabled, unregistered appliance the check changes no state and sends no credential."""
    agent.call("Stage", {"server": "EUROPE"})
    agent.call("Commit")
    before = agent.state_file.read_bytes()
    first, results = run_check(agent)
    assert first == {"hosts": [{"service": "sse", "host": EUROPE}, {"service": "est", "host": EST}]}
    assert [(result["host"], result["step"]) for result in results] == [
        (host, step) for host in (EUROPE, EST) for step in STEPS
    ]
    for result in results:
        assert result["ok"] is True
        assert "reason" not in result and "remedy" not in result
        assert ("certificate" in result) is (result["step"] == "tls")
        assert ("clockOffset" in result) is (result["step"] == "clock")
    secured = results[2]
    assert secured["tlsVersion"] == "TLSv1.3"
    assert secured["certificate"]["names"] == [SSE_HOSTS["EUROPE"]]
    assert secured["certificate"]["issuer"] == "CN=Sandbox TLS CA"
    assert secured["certificate"]["notAfter"] > secured["certificate"]["notBefore"]
    assert abs(results[3]["clockOffset"]) <= 2
    assert results[4]["requestId"] in [request.id for request in cloud.requests()]
    assert agent.state_file.read_bytes() == before
    assert [request.status for request in cloud.requests()] == ["401", "200"]
    assert cloud.devices() == []


def test_the_command(agent):
    result = agent.ctl("check", "europe")
    assert result.returncode == 0, result.stderr
    lines = result.stdout.splitlines()
    assert lines[0] == f"{EUROPE} (regional server)"
    assert lines[6] == f"{EST} (EST server)"
    assert [line.split()[:2] for line in lines[1:6]] == [[step, "ok"] for step in STEPS]
    assert "issuer CN=Sandbox TLS CA" in lines[3]
    assert lines[-1] == "All is well."

    result = agent.ctl("--json", "check", "2")
    assert result.returncode == 0
    replies = [json.loads(line) for line in result.stdout.splitlines()]
    assert len(replies) == 11 and "hosts" in replies[0]
    assert all(reply["result"]["ok"] for reply in replies[1:])


@pytest.mark.parametrize("name, host", [("americas", "AMERICAS"), ("2", "EUROPE"), (SSE_HOSTS["EUROPE"], "EUROPE")])
def test_a_named_server(agent, name, host):
    first, results = run_check(agent, server=name)
    assert first["hosts"][0]["host"] == SSE_HOSTS[host] + ":443"
    assert len(results) == 10


def test_an_unknown_server(agent):
    with agent.connect() as connection, pytest.raises(wire.Error) as error:
        list(connection.stream("Check", {"server": "MOON"}))
    assert error.value.name.endswith(".UnknownServer") and error.value.parameters == {"server": "MOON"}
    result = agent.ctl("check", "MOON")
    assert result.returncode == 1
    assert 'No server has the number, label or name "MOON".' in result.stderr


def test_it_needs_more(agent):
    assert agent.error("Check") == ("ExpectedMore", {})
    call = wire.encode(
        "org.threatresponse.worker.Check",
        {"network": {"caBundle": "/x", "connectTimeout": 1, "timeout": 1}, "sse": ["https://127.0.0.1/"]},
    )
    result = programs.run(programs.program("threatresponse-worker"), input=call.decode())
    assert json.loads(result.stdout.rstrip("\0"))["error"] == "org.varlink.service.ExpectedMore"


# Each step in trouble


def test_a_name_that_does_not_resolve(idle):
    text = idle.config.text().replace(SSE_HOSTS["EUROPE"] + '"; supported', 'nowhere.invalid"; supported')
    idle.config.path.write_text(text)
    idle.start()
    _, results = run_check(idle, server="EUROPE")
    assert_fails_at(results, "nowhere.invalid:443", "resolve", "dns_failed")
    # The other host is checked, too.
    assert [result["step"] for result in of_host(results, EST)] == STEPS


def test_nobody_listens(agent, cloud):
    cloud.stop()
    _, results = run_check(agent, server="EUROPE")
    for host in (EUROPE, EST):
        last = assert_fails_at(results, host, "connect", "connect_refused")
        assert "firewall" in last["remedy"]
    result = agent.ctl("check", "EUROPE")
    assert result.returncode == 1
    assert "  connect  FAILED  connect_refused: " in result.stdout
    assert result.stdout.splitlines()[-1] == "2 steps failed."
    cloud.start()


@pytest.mark.complaint("network: the issuer of an intercepted connection is not named, and no later network helps")
@pytest.mark.parametrize(
    "kind, reason", [("expired", "tls_expired"), ("foreign", "tls_untrusted"), ("wrong-name", "tls_name")]
)
def test_certificates(agent, cloud, kind, reason):
    """Where TLS is intercepted, the message names the issuer."""
    cloud.fault(f"tls:{SSE_HOSTS['EUROPE']}", "certificate", kind)
    _, results = run_check(agent, server="EUROPE")
    last = assert_fails_at(results, EUROPE, "tls", reason)
    assert last["certificate"]["issuer"] in last["message"]
    assert len(last["certificate"]["fingerprint"]) == 64
    assert all(result["ok"] for result in of_host(results, EST))


@pytest.mark.complaint("certificates: a wrong clock is not named")
@pytest.mark.parametrize("offset, ok", [(240, True), (7200, False), (-7200, False)])
def test_the_clock(agent, cloud, offset, ok):
    """The check reports a wrong clock in seconds and goes on."""
    cloud.fault("status", "clock", offset)
    _, results = run_check(agent, server="EUROPE")
    clock, service = of_host(results, EUROPE)[3:]
    assert abs(clock["clockOffset"] + offset) <= 5
    assert clock["ok"] is ok
    assert clock.get("reason") == (None if ok else "clock_skew")
    assert (f"{abs(clock['clockOffset'])} s {'behind' if offset > 0 else 'ahead of'} the server's") in clock["message"]
    assert service["ok"] is True
    assert agent.ctl("check", "EUROPE").returncode == (0 if ok else 1)


@pytest.mark.parametrize("endpoint, host", [("status", EUROPE), ("cacerts", EST)])
@pytest.mark.parametrize(
    "fault, reason",
    [(("html",), "unexpected_reply"), (("status", 503), "server_error"), (("bad-json",), "unexpected_reply")],
    ids=str,
)
def test_something_else_answers(agent, cloud, endpoint, host, fault, reason):
    """A captive portal is not the service, whatever its status code is."""
    cloud.fault(endpoint, *fault)
    _, results = run_check(agent, server="EUROPE")
    assert_fails_at(results, host, "service", reason)


def test_a_connection_that_breaks_off(agent, cloud):
    cloud.fault("status", "drop")
    _, results = run_check(agent, server="EUROPE")
    last = assert_fails_at(results, EUROPE, "service", "server_error")
    # Without an answer there is no clock to compare.
    assert [result["step"] for result in of_host(results, EUROPE)] == ["resolve", "connect", "tls", "service"]
    assert "broke off" in last["message"]


# Proxy


def test_through_a_proxy(idle):
    with Proxy() as proxy:
        idle.config.write(network__proxy=proxy.url)
        idle.start()
        first, results = run_check(idle, server="EUROPE")
        assert first["proxy"] == proxy.url
        assert all(result["ok"] for result in results) and len(results) == 10
        assert [method for method, _, _ in proxy.requests] == ["CONNECT", "CONNECT"]
        assert "proxy" in results[0]["message"]
        assert proxy.url in results[1]["message"]
        assert f"The proxy is {proxy.url}." in idle.ctl("check", "EUROPE").stdout


@pytest.mark.complaint("enrolment: DNS, firewall, proxy, TLS, clock and a refused token share one generic message")
@pytest.mark.parametrize("status, reason", [(407, "proxy_auth"), (403, "proxy_failed")])
def test_a_proxy_that_refuses(idle, status, reason):
    with Proxy(refusal=status) as proxy:
        idle.config.write(network__proxy=proxy.url)
        idle.start()
        _, results = run_check(idle, server="EUROPE")
    for host in (EUROPE, EST):
        last = assert_fails_at(results, host, "connect", reason)
        assert str(status) in last["message"]


def test_no_proxy_where_it_is_dead(idle):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        dead = "http://127.0.0.1:%d" % listener.getsockname()[1]
    idle.config.write(network__proxy=dead)
    idle.start()
    _, results = run_check(idle, server="EUROPE")
    assert_fails_at(results, EUROPE, "connect", "proxy_failed")


# One at a time, beside everything else


def start_held_check(agent, cloud):
    """A check that waits for its last answer of the first host; returns its connection."""
    cloud.hold("confirm")
    connection = agent.connect()
    connection.send(wire.encode(f"{wire.AGENT.name}.Check", {"server": "EUROPE"}, more=True))
    for step in [None, *STEPS[:3]]:
        reply = wire.check_reply(f"{wire.AGENT.name}.Check", connection.receive())
        assert reply.get("result", {}).get("step") == step
    return connection


def test_findings_come_as_they_are_made(agent, cloud):
    """A finding is reported before the next one is made: the answer of the host never comes."""
    start_held_check(agent, cloud).close()
    programs.until(lambda: agent.workers() == [], "the worker of the check ends with its connection")


def test_one_at_a_time(agent, cloud):
    with start_held_check(agent, cloud):
        with agent.connect() as second, pytest.raises(wire.Error) as error:
            list(second.stream("Check"))
        assert error.value.parameters["reason"] == "busy"
        assert error.value.parameters["message"] == "A check is running already."
        result = agent.ctl("check")
        assert result.returncode == 6
        # The daemon serves everybody else, and a registration is not in the way.
        agent.enable()
        assert len(agent.workers()) == 1
    programs.until(lambda: agent.workers() == [], "the check ends with its connection")
    cloud.clear()
    assert all(result["ok"] for result in run_check(agent)[1])


def test_a_registration_goes_on_meanwhile(ready, cloud):
    cloud.hold("context")
    ready.begin_registration()
    ready.wait_step("context")
    _, results = run_check(ready)
    assert all(result["ok"] for result in results)
    assert ready.registration()["step"] == "context" and ready.registration()["running"]
    cloud.clear()
    ready.call("Cancel")


def test_a_registered_appliance_is_checked_without_its_certificate(registered, cloud):
    before = len(cloud.requests())
    assert all(result["ok"] for result in run_check(registered)[1])
    probe, cacerts = cloud.requests()[before:]
    assert probe.path == "/v1/contexts/00000000-0000-0000-0000-000000000000/status" and probe.status == "401"
    assert cacerts.path == "/.well-known/est/eu/cacerts"
    # The configuration is all that the agent knows of another region.
    run_check(registered, server="AMERICAS")
    assert cloud.requests()[-1].path == "/.well-known/est/cacerts"


def test_a_worker_that_dies(agent, cloud):
    with start_held_check(agent, cloud) as connection:
        (worker,) = agent.workers()
        os.kill(worker, signal.SIGKILL)
        with pytest.raises(wire.Error) as error:
            wire.check_reply(f"{wire.AGENT.name}.Check", connection.receive())
        assert error.value.parameters["reason"] == "worker_failed"
        assert "signal 9" in error.value.parameters["message"]
        # The connection takes calls again.
        assert connection.call("GetStatus")["status"]["enabled"] is False
    cloud.clear()
    assert len(run_check(agent)[1]) == 10


def test_calls_behind_a_check_wait_for_it(agent):
    with agent.connect() as connection:
        name = f"{wire.AGENT.name}.Check"
        connection.send(wire.encode(name, {}, more=True) + wire.encode(f"{wire.AGENT.name}.ClearStaged"))
        replies = [connection.receive() for _ in range(12)]
    assert [reply.get("continues", False) for reply in replies] == [True] * 10 + [False] * 2
    assert replies[-1] == {"parameters": {"dropped": False}}


def test_the_daemon_ends_in_the_middle(agent, cloud):
    with start_held_check(agent, cloud) as connection:
        (worker,) = agent.workers()
        assert agent.stop() == 0
        with pytest.raises(wire.Closed):
            connection.receive()
    programs.until(lambda: not os.path.exists(f"/proc/{worker}"), "the worker has ended, too")
    agent.start()


def test_in_the_console(agent, console):
    result = console.batch("check europe")
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines()[-1] == "All is well."
