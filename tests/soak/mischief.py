"""What happens to an appliance in bad weather: faults of the cloud, impatient administrators, clients that misbehave,
and processes that die. Each is one method, chosen at random. A refusal is no failure; a reply that contradicts the
interface is one (every reply is checked against it)."""

import contextlib
import os
import signal

from support import programs, wire
from support.cloud import ENDPOINTS

GONE = (wire.Closed, ConnectionError, FileNotFoundError, TimeoutError)
FAULTS = [
    ("status", 500),
    ("status", 503, "--retry-after", 1),
    ("status", 429, "--retry-after", 2),
    ("status", 401),
    ("status", 400),
    ("delay", 0.3),
    ("drop",),
    ("drop-after",),
    ("truncate",),
    ("oversize",),
    ("content-type", "text/html"),
    ("html",),
    ("bad-json",),
    ("empty",),
    ("clock", 90000),
    ("clock", -7200),
]
# Reasons of refusals that an administrator may get.
REFUSALS = {"Refused", "NothingStaged", "NothingToCancel", "CommitConflict"}


class Mischief:
    """random is the one source of chance; steady must not be restarted, shaken may be."""

    def __init__(self, random, cloud, steady, shaken):
        self.random, self.cloud, self.steady, self.shaken = random, cloud, steady, shaken
        self.watchers = []
        self.counts = {}
        # Weights: the relative frequency of each.
        self.chances = {
            self.break_an_endpoint: 8,
            self.clear_faults: 4,
            self.show_a_bad_certificate: 1,
            self.restart_the_cloud: 1,
            self.remove_in_the_portal: 1,
            self.kill_a_worker: 3,
            self.kill_the_daemon: 2,
            self.restart_the_daemon: 1,
            self.reload: 1,
            self.switch: 2,
            self.register: 4,
            self.deregister: 2,
            self.deregister_locally: 1,
            self.cancel: 2,
            self.renew: 3,
            self.look: 4,
            self.run_a_command: 1,
            self.watch: 3,
            self.stop_watching: 2,
            self.send_garbage: 2,
            self.send_half_a_message: 2,
        }

    def one(self):
        (act,) = self.random.choices(list(self.chances), list(self.chances.values()))
        self.counts[act.__name__] = self.counts.get(act.__name__, 0) + 1
        act()
        return act.__name__

    def end(self):
        """Ends faults and clients."""
        self.cloud.clear()
        while self.watchers:
            self.watchers.pop().close()

    def agent(self):
        return self.random.choice((self.steady, self.shaken))

    def ask(self, method, parameters=None):
        with contextlib.suppress(*GONE):
            agent = self.agent()
            try:
                return agent, agent.call(method, parameters)
            except wire.Error as error:
                assert error.name.rpartition(".")[2] in REFUSALS, error
        return None, None

    # The cloud

    def break_an_endpoint(self):
        endpoint = self.random.choice([*ENDPOINTS.values(), "simplereenroll", "csrattrs", "all"])
        fault = self.random.choice(FAULTS)
        # No appliance can notice a cloud that says "deleted" and deletes nothing.
        if endpoint in ("refresh", "status") and self.random.random() < 0.2:
            fault = ("status", self.random.choice((404, 410)))
        self.cloud.fault(endpoint, *fault)

    def clear_faults(self):
        self.cloud.clear()

    def show_a_bad_certificate(self):
        self.cloud.fault("tls", "certificate", self.random.choice(("expired", "foreign", "wrong-name")))

    def restart_the_cloud(self):
        self.cloud.restart()

    def remove_in_the_portal(self):
        """Removes a registered device only: a registration whose context is removed waits for a person to cancel it."""
        registration = self.agent().state()["registration"]
        if registration["state"] == "registered" and self.cloud.devices():
            with contextlib.suppress(AssertionError):
                self.cloud.remove(registration["guid"])

    # Processes

    def kill_a_worker(self):
        for pid in self.agent().workers():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def kill_the_daemon(self):
        assert self.shaken.kill() == -signal.SIGKILL
        self.shaken.start()

    def restart_the_daemon(self):
        self.shaken.restart()

    def reload(self):
        os.kill(self.agent().pid, signal.SIGHUP)

    # Administrators

    def switch(self):
        """Switches the feature, mostly on."""
        agent, _ = self.ask("Stage", {"enabled": self.random.random() < 0.7})
        if agent:
            with contextlib.suppress(wire.Error):
                agent.call("Commit", {"comment": "a change of mind"})

    def register(self):
        token = self.cloud.token("EUROPE", *(["--expired"] if self.random.random() < 0.3 else []))
        self.ask("Register", {"token": token})

    def deregister(self):
        self.ask("Deregister")

    def deregister_locally(self):
        agent = self.agent()
        forget_locally(agent, self.cloud)

    def cancel(self):
        self.ask("Cancel")

    def renew(self):
        self.ask("Renew")

    # Clients

    def look(self):
        method = self.random.choice(("GetStatus", "GetSettings", "ListServers", "ListCommits"))
        assert self.ask(method)[1] is not None

    def run_a_command(self):
        assert self.agent().ctl("status").returncode == 0

    def watch(self):
        if len(self.watchers) < 8:
            watcher = self.agent().connect()
            watcher.send(wire.encode(f"{wire.AGENT.name}.GetStatus", more=True))
            self.watchers.append(watcher)

    def stop_watching(self):
        if self.watchers:
            self.watchers.pop(self.random.randrange(len(self.watchers))).close()

    def send_garbage(self):
        with self.agent().connect() as connection:
            connection.send(self.random.randbytes(self.random.randrange(1, 5000)) + b"\0")
            with contextlib.suppress(*GONE):
                connection.receive()
                raise AssertionError("garbage was answered")

    def send_half_a_message(self):
        watcher = self.agent().connect()
        watcher.send(b'{"method":"org.threatresponse.agent.GetSt')
        self.watchers.append(watcher)


def forget_locally(agent, cloud):
    """Deregisters locally, and removes the device in the portal, as the notice tells a person to do."""
    guid = agent.state()["registration"].get("guid")
    try:
        agent.call("Deregister", {"localOnly": True})
    except wire.Error as error:
        assert error.parameters["reason"] in ("not_registered", "state_io"), error
        return
    # A request of the running worker may still arrive.
    programs.until(lambda: agent.workers() == [], "the worker ends")
    if guid in [device["guid"] for device in cloud.devices()]:
        cloud.remove(guid)
