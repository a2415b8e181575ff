"""Names and packets that get lost: a real name server and a dropping firewall, in network namespaces of the test."""

import json
import os
import re
import signal

import pytest

from front import PASSING
from network import CLOUD, NAMES, NOBODY, SILENT, Dnsmasq, Network
from support import programs
from support.cloud import CLOUD_STEPS, ENDPOINTS
from support.est import BRISK
from support.refreshing import wait_refreshes
from way import HOSTS, SSE_HOST, backend

# Short, so that no test waits long; a name has its own time.
IMPATIENT = {"network__connect_timeout": 2, "network__timeout": 3}
EVERYTHING = {host: [CLOUD] for host in HOSTS.values()}


class Field:
    """The network, the cloud in it, and an agent that is not started."""

    def __init__(self, agent, cloud, network):
        self.agent, self.cloud, self.network = agent, cloud, network

    def names(self, names=None, **options):
        return Dnsmasq(self.agent.folder, self.network, EVERYTHING if names is None else names, **options)

    def start(self, options="timeout:1 attempts:2", **keys):
        self.agent.config.write(**BRISK, **{**IMPATIENT, **keys})
        self.agent.start(prefix=self.network.agent_prefix(options))
        self.agent.enable()

    def fail(self, reason, step="context"):
        """Begins a registration that fails; returns the failure."""
        self.agent.begin_registration()
        failure = self.agent.wait_failure(reason, step)["lastFailure"]
        assert failure["permanent"] is False
        return failure

    def assert_registers(self):
        self.agent.wait_state("registered")
        assert len(self.cloud.devices()) == 1


@pytest.fixture(name="field")
def make_field(idle, cloud, identity):
    with Network(idle.folder) as network:
        cloud.stop()
        cloud.prefix = network.far.prefix
        cloud.start()
        front = PASSING["haproxy"](idle.folder, backend(cloud), identity, CLOUD)
        front.prefix = network.far.prefix
        with front:
            idle.config.base = re.sub(r"  connect_to = \(.*?\);\n", "", idle.config.base, flags=re.S)
            made = Field(idle, cloud, network)
            made.front = front
            yield made


def test_a_whole_life(field):
    """Without a fault, so that the others show theirs."""
    with field.names():
        field.start()
        field.agent.register()
        wait_refreshes(field.agent, field.cloud)
        assert field.agent.ctl("check", "EUROPE").returncode == 0
        assert field.agent.ctl("deregister", "--yes", "--wait").returncode == 0


# The name server


@pytest.mark.parametrize(
    "options, keys",
    [("timeout:1 attempts:2", {}), ("", {"network__connect_timeout": 15, "network__timeout": 60})],
)
def test_questions_for_ipv6_are_dropped(field, options, keys):
    """It knows the IPv4 addresses itself, and asks somebody silent for the rest. Also with the time-outs that a machine
    and the agent have by default."""
    with field.names(upstream=[NOBODY]) as names:
        field.start(options=options, **keys)
        field.agent.register()
        assert "query[AAAA]" in names.log()


def test_all_questions_are_dropped(field):
    with field.names(names={}, upstream=[NOBODY]):
        field.start()
        assert SSE_HOST in field.fail("dns_failed")["message"]
    with field.names():
        field.assert_registers()


def test_nobody_answers_for_names(field):
    """The port of the name server is closed."""
    field.start()
    assert SSE_HOST in field.fail("dns_failed")["message"]
    with field.names():
        field.assert_registers()


def test_packets_to_the_name_server_are_dropped(field):
    with field.names():
        field.network.drop(NAMES)
        field.start()
        failure = field.fail("dns_failed")
        assert SSE_HOST in failure["message"] and "DNS" in failure["remedy"]
        field.network.restore(NAMES)
        field.assert_registers()


def test_a_name_that_is_denied(field):
    with field.names(names={}):
        field.start()
        assert SSE_HOST in field.fail("dns_failed")["message"]
    with field.names():
        field.assert_registers()


def test_a_slow_answer(field):
    """The first server that the name server asks is silent: only the repeated question is answered."""
    second = "10.77.9.54"
    field.network.restore(second)
    with field.names(address=second), field.names(names={}, upstream=[NOBODY, second]):
        field.start(options="timeout:3 attempts:3")
        field.agent.register()


@pytest.mark.parametrize("how", ["dropped", "refused"])
def test_the_first_of_two_addresses_is_bad(field, how):
    if how == "refused":
        field.network.restore(SILENT)
    with field.names(names={host: [SILENT, CLOUD] for host in HOSTS.values()}):
        field.start(network__connect_timeout=10, network__timeout=20)
        field.agent.register()


def test_a_wrong_address(field):
    """Of a machine where nobody listens, then of one that is not there."""
    field.network.restore(SILENT)
    with field.names(names={host: [SILENT] for host in HOSTS.values()}):
        field.start()
        assert SSE_HOST in field.fail("connect_refused")["message"]
        field.network.drop(SILENT)
        field.agent.wait_failure("connect_timeout", "context")
    with field.names():
        field.assert_registers()


# A firewall


def test_dropped_before_the_connection(field):
    with field.names():
        field.network.drop(CLOUD)
        field.start()
        failure = field.fail("connect_timeout")
        assert "firewall" in failure["remedy"]
        result = field.agent.ctl("check", "EUROPE")
        assert result.returncode == 1 and "connect  FAILED  connect_timeout" in result.stdout
        field.network.restore(CLOUD)
        field.assert_registers()


def test_dropped_before_the_handshake(field):
    """The connection is there, and nothing comes of it any more."""
    with field.names():
        os.kill(field.front.process.pid, signal.SIGSTOP)
        field.start()
        failure = field.fail("connect_timeout")
        assert SSE_HOST in failure["message"]
        os.kill(field.front.process.pid, signal.SIGCONT)
        field.assert_registers()


@pytest.mark.parametrize("step", [step for step in CLOUD_STEPS if step != "trust"])
def test_dropped_before_the_answer(field, step):
    """The server has the request, and its answer is lost. (The CA certificates are asked for in advance.)"""
    with field.names():
        field.cloud.fault(ENDPOINTS[step], "delay", 600, "--times", 1)
        field.start()
        field.agent.begin_registration()
        programs.until(lambda: json.loads(field.cloud.portal("fault", "list", "--json")) == [], "a request is held")
        field.network.drop(CLOUD)
        failure = field.agent.wait_failure("server_error", step)["lastFailure"]
        assert "took the request and did not answer in time" in failure["message"]
        field.network.restore(CLOUD)
        field.assert_registers()


def test_dropped_while_registered(field):
    """The appliance stays registered, is unreachable, and goes on by itself."""
    with field.names():
        field.start()
        field.agent.register()
        field.network.drop(CLOUD)
        field.agent.wait_for(lambda r: r.get("lastFailure", {}).get("operation") == "refresh", "a failure")
        assert field.agent.registration()["state"] == "registered"
        field.network.restore(CLOUD)
        wait_refreshes(field.agent, field.cloud)
