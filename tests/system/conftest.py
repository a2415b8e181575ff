"""Fixtures: a cloud and an agent for each test, in pytest's temporary folder, ended with the test."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from support import programs
from support.agent import Agent
from support.cloud import Cloud
from support.console import Console
from support.est_worker import NETWORK
from support.foreign import ForeignServer
from support.worker import Worker


def pytest_configure(config):
    config.addinivalue_line("markers", "complaint(text): what users of such agents report, shown not to happen here")


def pytest_terminal_summary(terminalreporter):
    """Prints what tests have measured (record_property), whichever process they ran in."""
    for report in terminalreporter.getreports("passed") + terminalreporter.getreports("failed"):
        for name, value in report.user_properties:
            if name == "measured":
                terminalreporter.write_line(value)


@pytest.fixture(name="cloud")
def make_cloud(tmp_path):
    """A running sandbox cloud."""
    cloud = Cloud(tmp_path / "cloud")
    cloud.start()
    yield cloud
    cloud.stop()


@pytest.fixture(name="idle")
def make_idle(tmp_path, cloud):
    """An agent that isn't started yet."""
    # Other users reach the socket from inside the folder.
    os.chmod(tmp_path, 0o711)
    agent = Agent(tmp_path, cloud)
    yield agent
    agent.finish()


@pytest.fixture(name="agent")
def make_agent(idle):
    """A running agent: disabled, unregistered."""
    idle.start()
    return idle


@pytest.fixture(name="ready")
def make_ready(agent):
    """A running agent: enabled for EUROPE, unregistered."""
    agent.enable()
    return agent


@pytest.fixture(name="registered")
def make_registered(ready):
    """A running, registered agent."""
    ready.register()
    return ready


@pytest.fixture(name="console")
def make_console(idle):
    """The console of an agent that isn't started."""
    return Console(idle)


@pytest.fixture(name="token_file")
def make_token_file(tmp_path):
    def write(text):
        (tmp_path / "token").write_text(text)
        return str(tmp_path / "token")

    return write


class Activator:
    """A socket that starts a worker for each connection; as text it is its path."""

    def __init__(self, path, pid):
        self.path = path
        self.pid = pid

    def __str__(self):
        return str(self.path)

    def workers(self):
        return programs.children(self.pid)


@pytest.fixture(name="activator")
def make_activator(tmp_path):
    path = tmp_path / "worker.sock"
    script = Path(__file__).with_name("support") / "activator.py"
    with open(tmp_path / "activator.log", "wb") as log:
        process = subprocess.Popen(
            programs.bound_to_us(sys.executable, script, path, programs.program("threatresponse-worker")),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            env=programs.environment(),
        )
    assert process.stdout.readline() == b"ready\n"
    yield Activator(path, process.pid)
    process.stdin.close()
    process.stdout.close()
    assert process.wait(programs.DEADLINE) == 0
    programs.assert_sane((tmp_path / "activator.log").read_text(), "the worker")


@pytest.fixture(name="server")
def make_server(tmp_path):
    """A foreign EST server."""
    with ForeignServer(tmp_path) as server:
        yield server


@pytest.fixture(name="worker")
def make_worker():
    """A worker that is called by hand."""
    with Worker(NETWORK) as worker:
        yield worker


@pytest.fixture(name="key")
def make_key(worker):
    """A private key that the worker made."""
    return worker.call("GenerateKey", keyType="ec_p256")["privateKey"]
