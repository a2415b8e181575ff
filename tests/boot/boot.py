#!/usr/bin/python3
"""Boots a Debian 12 tree with the packages and the sandbox cloud, and lives the life of an appliance in it.

Usage: boot.py BUILD nspawn|qemu. As root; the packages are in BUILD/deb, and everything else is below BUILD/boot.
Exits with 75 if such a machine can't be booted here."""

import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time

import steps
import tree
from appliance import CLOUD, CONFIG, DAEMON, Appliance
from emulated import Emulated
from machine import Container, Failure, Unbootable

HERE = pathlib.Path(__file__).resolve().parent
AUTHORITY = "/etc/ssl/cloud.pem"
MACHINES = {"nspawn": Container, "qemu": Emulated}
UNBOOTABLE = 75


def prepare(root, packages):
    """Puts the packages into the tree before the machine boots."""
    for package in packages.glob("*.deb"):
        shutil.copy(package, root / "root")
    newer(packages, root / "root")
    shutil.copy(HERE / "cloud.service", root / "etc/systemd/system")


def install(appliance):
    """Installs the packages as an administrator does, and the cloud as a unit of its own."""
    appliance.output("cd /root && apt-get install -y ./threatresponsed_*.deb ./threatresponse-sandbox_*.deb")
    appliance.output("systemctl daemon-reload && systemctl enable --now cloud.service")


def newer(packages, folder):
    """Makes a later version of the package, for the upgrade."""
    (package,) = packages.glob("threatresponsed_*.deb")
    tree = folder / "newer"
    subprocess.run(["dpkg-deb", "--raw-extract", package, tree], check=True)
    control = tree / "DEBIAN/control"
    control.write_text(re.sub(r"(?m)^(Version: .*)$", r"\1+newer", control.read_text()))
    command = ["dpkg-deb", "--root-owner-group", "--build", tree, folder / "newer.deb"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    shutil.rmtree(tree)


def configure(appliance):
    """Installs the sandbox's configuration, its CA where a worker may read it, and the worker of the unit."""
    appliance.await_true(lambda: appliance.run(f"test -s {CLOUD}/threatresponsed.conf", check=False).returncode == 0, "the cloud")
    appliance.output(f"install -m 644 {CLOUD}/tls-ca.pem {AUTHORITY}")
    edit = f"sed -e 's|{CLOUD}/tls-ca.pem|{AUTHORITY}|' -e '/^worker = /d'"
    appliance.output(f"{edit} {CLOUD}/threatresponsed.conf >{CONFIG} && chmod 644 {CONFIG}")
    appliance.output(f"systemctl restart {DAEMON}")


def live(appliance):
    """Runs all steps to the first failure. The first step sees the installation, the others our configuration."""
    for number, step in enumerate(steps.STEPS, 1):
        print(f"{number}. {step.__doc__}", flush=True)
        begin = time.monotonic()
        # The steps start the service more often than its limit.
        appliance.output(f"systemctl reset-failed {DAEMON}", check=False)
        step(appliance)
        if number == 1:
            configure(appliance)
        print(f"    done in {time.monotonic() - begin:.1f} s", flush=True)


def main():
    if len(sys.argv) != 3 or sys.argv[2] not in MACHINES:
        raise SystemExit(__doc__)
    kind = MACHINES[sys.argv[2]]
    folder = pathlib.Path(sys.argv[1]).resolve() / "boot"
    folder.mkdir(parents=True, exist_ok=True)
    begin = time.monotonic()
    root = tree.fresh(folder, kind.packages)
    machine = kind(root, folder / "console.log")
    appliance = Appliance(machine)
    try:
        prepare(root, folder.parent / "deb")
        print(f"boot by {kind.kind}", flush=True)
        state = machine.boot()
        print(f"    {appliance.output('systemctl --version | head -1')}: {state}, {time.monotonic() - begin:.1f} s", flush=True)
        install(appliance)
        live(appliance)
    except Unbootable as failure:
        print(failure, file=sys.stderr)
        return UNBOOTABLE
    except (Failure, subprocess.TimeoutExpired) as failure:
        print(f"FAILED: {failure}\n{appliance.journal() if machine.process else ''}", file=sys.stderr)
        return 1
    finally:
        machine.end()
        tree.remove(root)
    print(f"All {len(steps.STEPS)} steps passed in {time.monotonic() - begin:.0f} s.")
    return 0


if __name__ == "__main__":
    # Makes SIGTERM an exception, so that the machine ends with us.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    sys.exit(main())
