"""The appliance of the steps: the agent's state, its unit, its files, and the cloud in the machine."""

import json
import pathlib
import re
import time

from machine import Failure

DAEMON = "threatresponsed.service"
STATE = "/var/lib/threatresponsed"
CONFIG = "/etc/threatresponsed.conf"
CLOUD = "/var/lib/cloud"
LOOPBACK = "/etc/systemd/system/threatresponsed-worker@.service.d"
PATIENCE = 90
WORKERS = "systemctl list-units --all --plain --no-legend 'threatresponse*-worker@*'"


def manual_commands(page, title):
    """Returns the commands below a heading of a manual, as a script that ends with the first that fails."""
    text = (pathlib.Path(__file__).parents[2] / "docs/man" / page).read_text()
    section = re.search(rf"^\.S[sh] {re.escape(title)}\n(.*?)(?=^\.S[sh] |\Z)", text, re.M | re.S)[1]
    commands = re.search(r"^\.Bd -literal.*?\n(.*?)^\.Ed", section, re.M | re.S)[1]
    return "set -e\n" + commands.replace("\\e", "\\")


def expect(seen, wanted, what):
    """Prints a result of a step; the step fails if it isn't the expected one."""
    if seen != wanted:
        raise Failure(f"{what}: expected {wanted!r}, found {seen!r}")
    print(f"    {what}: {seen}", flush=True)


class Appliance:
    def __init__(self, machine):
        self.machine = machine
        self.run = machine.run
        self.output = machine.output

    def status(self, **options):
        return json.loads(self.output("trctl --json status", **options))["status"]

    def registration(self, **options):
        return self.status(**options)["registration"]

    def await_true(self, condition, what):
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if condition():
                return
            time.sleep(0.2)
        raise Failure(f"waited {PATIENCE} s in vain: {what}")

    def show(self, name, unit=DAEMON):
        """Returns a property of a unit."""
        return self.output(f"systemctl show --value --property {name} {unit}")

    def daemon_pid(self):
        return self.show("MainPID")

    def devices(self):
        return json.loads(self.output(f"trsandbox devices --directory {CLOUD} --json"))

    def requests(self):
        """Returns the number of requests that the cloud got in its life."""
        return int(self.output("journalctl --merge --unit cloud.service --output cat | grep -cE '^(GET|POST|PUT|DELETE) ' || :"))

    def answers(self):
        return self.run("trctl status", check=False).returncode == 0

    def await_answer(self):
        self.await_true(self.answers, "trctl status answers")

    def journal(self):
        """Returns the end of the log of the units concerned."""
        units = "--unit threatresponsed.service --unit cloud.service --unit 'threatresponse*-worker@*'"
        return self.output(f"journalctl --merge --no-pager --lines 80 {units}", check=False)


def still_registered(appliance):
    appliance.await_answer()
    registration = appliance.registration()
    expect(registration["state"], "registered", "the registration")
    expect(registration["guid"], appliance.guid, "the device")
    expect([device["guid"] for device in appliance.devices()], [appliance.guid], "devices of the portal")
