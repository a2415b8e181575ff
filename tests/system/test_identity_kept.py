"""What must never cost an appliance its identity, nor make it enrol again: outages of every kind, a new name, a new
address, a start without a network, a cloud that refuses for a while. One registration, one enrolment, the same device."""

import contextlib
import os
import re
import socket
import struct
import threading

import pytest

from support import namespace, programs
from support.cloud import SSE_HOSTS
from support.refreshing import QUICK, refreshes, wait_refreshes

HOST = SSE_HOSTS["EUROPE"]


@pytest.fixture(name="quick")
def make_quick(idle):
    """A registered agent that refreshes many times a second."""
    idle.config.write(**QUICK, timing__backoff_cap=0.02)
    idle.start()
    idle.register()
    return idle


def identity(agent):
    registration = agent.registration()
    return registration["guid"], registration["certificate"], agent.saved()["privateKey"]


def assert_same(agent, cloud, before):
    """It is still the device with the same pair, registered and enrolled once."""
    assert identity(agent) == before
    for end in ("/contexts", "/activations", "/simpleenroll"):
        assert cloud.count("POST", end) == 1
    assert cloud.count("POST", "/simplereenroll") == 0
    assert [device["guid"] for device in cloud.devices()] == [before[0]]


@contextlib.contextmanager
def resets():
    """A port that answers each connection with RST."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve():
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                connection.close()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


FAULTS = {
    "500": [("refresh", "status", 500)],
    "503": [("refresh", "status", 503)],
    "401": [("refresh", "status", 401)],
    "403": [("refresh", "status", 403)],
    "broken off": [("refresh", "drop")],
    "answer lost": [("refresh", "drop-after")],
    "captive portal": [("refresh", "status", 404), ("refresh", "html")],
    "foreign certificate": [(f"tls:{HOST}", "certificate", "foreign")],
    "expired certificate": [(f"tls:{HOST}", "certificate", "expired")],
}


def wait_attempts(agent, number=10):
    agent.wait_for(lambda r: r["attempt"] >= number, f"{number} attempts")


def redirect(agent, target, **keys):
    """Leads further connections elsewhere."""
    agent.config.base = re.sub(rf'"{HOST}:443:[^"]*"', f'"{HOST}:443:{target}"', agent.config.base)
    agent.config.write(**keys)
    agent.hup()


@pytest.mark.complaint("identity: timeouts and faults make agents enrol again and flood the server")
def test_no_outage_makes_another_device(quick, cloud):
    before = identity(quick)
    for faults in FAULTS.values():
        for fault in faults:
            cloud.fault(*fault)
        wait_attempts(quick)
        cloud.clear()
        quick.wait_for(lambda r: r["health"] == "ok" and r["attempt"] == 0)
    cloud.stop()
    wait_attempts(quick)
    cloud.start()
    quick.wait_for(lambda r: r["health"] == "ok")

    good = re.search(rf'"{HOST}:443:([^"]*)"', quick.config.base)[1]
    redirect(quick, good, network__timeout=0.1)
    # Only now: a refresh with the former time limit would wait for a minute.
    quick.wait_for(lambda r: not r["running"])
    cloud.fault("refresh", "delay", 600)
    wait_attempts(quick)
    cloud.clear()
    redirect(quick, "no-such-host.invalid:443", network__timeout=60, network__connect_timeout=0.5)
    quick.wait_failure("dns_failed")
    wait_attempts(quick, 4)
    with resets() as port:
        redirect(quick, f"127.0.0.1:{port}")
        quick.wait_failure("server_error")
        wait_attempts(quick)
        redirect(quick, good, network__connect_timeout=15)
    quick.wait_for(lambda r: r["health"] == "ok")
    assert_same(quick, cloud, before)


@pytest.mark.complaint("identity: a refused re-enrolment leaves the agent without the key that is still good")
@pytest.mark.parametrize("status", [401, 409])
def test_a_refused_renewal_leaves_the_old_pair_in_use(quick, cloud, status):
    before = identity(quick)
    cloud.fault("refresh", "status", 401)
    cloud.fault("simplereenroll", "status", status)
    quick.call("Renew")
    quick.wait_for(lambda r: refreshes(cloud, "401") >= 5 and cloud.count("POST", "/simplereenroll") >= 5, "both refused")
    assert identity(quick) == before
    # The cloud accepts the old certificate again, but renews none.
    cloud.clear("refresh")
    wait_refreshes(quick, cloud)
    assert identity(quick) == before
    used = {one.serial for one in cloud.requests() if one.path.endswith("/refresh")}
    assert used == {before[1]["serial"]}
    cloud.clear()
    quick.wait_for(lambda r: r["certificate"]["serial"] != before[1]["serial"])
    assert cloud.count("POST", "/contexts") == cloud.count("POST", "/activations") == 1


@pytest.mark.complaint("enrolment: a registered appliance does not start while the cloud can't be reached")
def test_a_start_without_the_cloud(quick, cloud):
    before = identity(quick)
    cloud.stop()
    quick.restart()
    assert quick.registration()["state"] == "registered"
    quick.wait_failure("connect_refused", "refresh")
    registration = quick.registration()
    assert (registration["state"], registration["health"]) == ("registered", "unreachable")
    cloud.start()
    quick.wait_for(lambda r: r["health"] == "ok")
    assert_same(quick, cloud, before)


@pytest.mark.complaint("enrolment: a registration that finds no network at boot is not tried again")
def test_a_registration_that_begins_without_a_network(ready, cloud):
    token = cloud.token()
    cloud.stop()
    ready.begin_registration(token)
    ready.wait_failure("connect_refused", "context")
    ready.restart()
    ready.wait_for(lambda r: r["attempt"] >= 3)
    cloud.start()
    ready.wait_state("registered")
    assert cloud.count("POST", "/activations") == 1


@pytest.mark.complaint("identity: a new host name or address makes another device")
def test_a_new_host_name_is_the_same_device(idle, cloud):
    del idle.config.keys["identity.name"]
    idle.config.write(**QUICK, identity__ip="192.0.2.1")

    def start_as(name):
        idle.start(prefix=namespace.prefix('hostname "$0"', name, also=["--uts"]))

    start_as("old.example.com")
    idle.register()
    assert cloud.devices()[0]["name"] == "old.example.com"
    before = identity(idle)
    idle.stop()
    idle.config.write(identity__ip="2001:db8::7")
    start_as("new.example.com")
    wait_refreshes(idle, cloud)
    assert cloud.devices()[0]["name"] == "new.example.com"
    assert_same(idle, cloud, before)


@pytest.mark.complaint("identity: a new host name stays unknown to the cloud")
def test_a_host_that_is_renamed(idle, cloud):
    """The daemon sees the new name at once, and tells it to the cloud without waiting for the time of a refresh."""
    del idle.config.keys["identity.name"]
    idle.config.write()
    idle.start(prefix=namespace.prefix('hostname "$0"', "before", also=["--uts"]))
    idle.register()
    assert [device["name"] for device in cloud.devices()] == ["before"]
    enter = ["nsenter", "--target", str(idle.pid), "--uts", *([] if os.geteuid() == 0 else ["--user", "--preserve-credentials"])]
    assert programs.run(*enter, "hostname", "after").returncode == 0
    programs.until(lambda: idle.status()["name"] == "after", "the new name")
    programs.until(lambda: [device["name"] for device in cloud.devices()] == ["after"], "the cloud knows it")
