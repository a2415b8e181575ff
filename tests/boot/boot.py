#!/usr/bin/python3
"""Boots a Debian tree with the packages and the sandbox cloud, and lives the life of an appliance in it.

Usage: boot.py BUILD nspawn|qemu bookworm|trixie. As root; the source of the packages is in BUILD/deb/source. The packages are in
BUILD/deb if they were built for that release, else they are built for it. Everything else is below BUILD/boot.
Exits with 75 if such a machine can't be booted here."""

import pathlib
import platform
import re
import shutil
import signal
import subprocess
import sys
import time

import steps
import tree
from appliance import CLOUD, Appliance, manual_commands
from emulated import Emulated
from machine import Container, Failure, Unbootable

HERE = pathlib.Path(__file__).resolve().parent
MACHINES = {"nspawn": Container, "qemu": Emulated}
UNBOOTABLE = 75


def packages_for(build, folder, release):
    """Returns the folder with the packages for a release, and that with the programs to be taken over."""
    if platform.freedesktop_os_release().get("VERSION_CODENAME") == release and list((build / "deb").glob("*.deb")):
        return build / "deb", build / "confine"
    print(f"building the packages for {release}", flush=True)
    return tree.built(folder, release, build / "deb/source")


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
    unpacked = folder / "newer"
    subprocess.run(["dpkg-deb", "--raw-extract", package, unpacked], check=True)
    control = unpacked / "DEBIAN/control"
    control.write_text(re.sub(r"(?m)^(Version: .*)$", r"\1+newer", control.read_text()))
    command = ["dpkg-deb", "--root-owner-group", "--build", unpacked, folder / "newer.deb"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    shutil.rmtree(unpacked)


def configure(appliance):
    """Connects the service with the cloud as trsandbox(1) says."""
    appliance.await_true(lambda: appliance.run(f"test -s {CLOUD}/threatresponsed.conf", check=False).returncode == 0, "the cloud")
    appliance.output(manual_commands("trsandbox.1", "With the installed service"))


def live(appliance):
    """Runs all steps to the first failure. The first step sees the installation, the others our configuration."""
    for number, step in enumerate(steps.STEPS, 1):
        print(f"{number}. {step.__doc__}", flush=True)
        begin = time.monotonic()
        step(appliance)
        if number == 1:
            configure(appliance)
        print(f"    done in {time.monotonic() - begin:.1f} s", flush=True)


def main():
    if len(sys.argv) != 4 or sys.argv[2] not in MACHINES or sys.argv[3] not in tree.RELEASES:
        raise SystemExit(__doc__)
    kind, release = MACHINES[sys.argv[2]], sys.argv[3]
    build = pathlib.Path(sys.argv[1]).resolve()
    folder = build / "boot"
    folder.mkdir(parents=True, exist_ok=True)
    begin = time.monotonic()
    packages, taken_over = packages_for(build, folder, release)
    root = tree.fresh(folder, release, kind.packages)
    machine = kind(root, folder / f"{release}-{sys.argv[2]}.log")
    appliance = Appliance(machine)
    try:
        prepare(root, packages)
        shutil.copytree(taken_over, root / "usr/libexec/taken-over")
        print(f"boot of {release} by {kind.kind}", flush=True)
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
