#!/usr/bin/python3
"""Boots a Debian 12 tree with the installed programs and the sandbox cloud, and lives the life of an appliance in it.

Usage: boot.py BUILD. As root, in the root of the repository; everything is below BUILD/boot."""

import pathlib
import shutil
import signal
import subprocess
import sys
import time

import steps
import tree
from appliance import CLOUD, CONFIG, DAEMON, Appliance
from machine import Failure, Machine

HERE = pathlib.Path(__file__).resolve().parent
AUTHORITY = "/etc/ssl/cloud.pem"


def install(root, build):
    """What an installation puts on an appliance, and the cloud as a unit of its own."""
    command = ["make", "--silent", "install", f"DESTDIR={root}", f"BUILD={build}"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["systemd-sysusers", f"--root={root}", "threatresponsed.conf"], check=True)
    shutil.copy(HERE / "cloud.service", root / "etc/systemd/system")
    wants = root / "etc/systemd/system/multi-user.target.wants"
    wants.mkdir(exist_ok=True)
    (wants / "cloud.service").symlink_to("/etc/systemd/system/cloud.service")


def configure(appliance):
    """The configuration that the sandbox wrote; its CA goes where a worker may read it, and the worker is the unit's."""
    appliance.await_true(lambda: appliance.run(f"test -s {CLOUD}/threatresponsed.conf", check=False).returncode == 0, "the cloud")
    appliance.output(f"install -m 644 {CLOUD}/tls-ca.pem {AUTHORITY}")
    edit = f"sed -e 's|{CLOUD}/tls-ca.pem|{AUTHORITY}|' -e '/^worker = /d'"
    appliance.output(f"{edit} {CLOUD}/threatresponsed.conf >{CONFIG} && chmod 644 {CONFIG}")
    appliance.output("journalctl --update-catalog")


def live(appliance):
    """All steps; the first that fails ends it."""
    for number, step in enumerate(steps.STEPS, 1):
        print(f"{number}. {step.__doc__}", flush=True)
        begin = time.monotonic()
        # The steps start the service more often than its limit allows.
        appliance.output(f"systemctl reset-failed {DAEMON}", check=False)
        step(appliance)
        print(f"    done in {time.monotonic() - begin:.1f} s", flush=True)


def main():
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    folder = pathlib.Path(sys.argv[1]).resolve() / "boot"
    folder.mkdir(parents=True, exist_ok=True)
    begin = time.monotonic()
    root = tree.fresh(folder)
    install(root, folder.parent)
    machine = Machine(root, folder / "console.log")
    appliance = Appliance(machine)
    try:
        print("boot by systemd-nspawn", flush=True)
        state = machine.boot()
        print(f"    {appliance.output('systemctl --version | head -1')}: {state}, {time.monotonic() - begin:.1f} s", flush=True)
        configure(appliance)
        live(appliance)
    except (Failure, subprocess.TimeoutExpired) as failure:
        print(f"FAILED: {failure}\n{appliance.journal() if machine.process else ''}", file=sys.stderr)
        return 1
    finally:
        machine.end()
        tree.remove(root)
    print(f"All {len(steps.STEPS)} steps passed in {time.monotonic() - begin:.0f} s.")
    return 0


if __name__ == "__main__":
    # An end from outside is an exception, too: the machine ends with it.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    sys.exit(main())
