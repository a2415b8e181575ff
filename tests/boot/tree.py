"""A Debian 12 tree: made by debootstrap once and kept below build/, copied for each run."""

import pathlib
import shutil
import subprocess

MIRROR = "http://deb.debian.org/debian"
# The base of an appliance, and the libraries of the programs.
PACKAGES = (
    "systemd systemd-sysv libnss-systemd ca-certificates libcurl4 libjson-c5 libconfig9 libmicrohttpd12 libgnutls30 libedit2"
)


def base(folder, more):
    """Returns debootstrap's tree with more packages; an unfinished tree is made again."""
    name = "base-" + "-".join(more) if more else "base"
    tree, unfinished = folder / name, folder / f"{name}.unfinished"
    if not tree.exists():
        remove(unfinished)
        print(f"debootstrap into {tree}, once", flush=True)
        include = "--include=" + ",".join([*PACKAGES.split(), *more])
        command = ["debootstrap", "--variant=minbase", include, "bookworm", unfinished, MIRROR]
        with open(folder / "debootstrap.log", "wb") as log:
            result = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, check=False)
        if result.returncode != 0:
            raise SystemExit(f"debootstrap failed with {result.returncode}; see {folder}/debootstrap.log")
        unfinished.rename(tree)
    return tree


def fresh(folder, more):
    """Returns a copy of the base, with more packages, that a run may change."""
    tree = folder / "tree"
    remove(tree)
    subprocess.run(["cp", "-a", "--reflink=auto", base(folder, more), tree], check=True)
    # Empty: systemd makes an id at the first boot, as on a new appliance.
    (tree / "etc/machine-id").write_text("")
    (tree / "etc/hostname").write_text("appliance\n")
    return tree


def remove(tree):
    """Removes a tree, never what is mounted in it."""
    if pathlib.Path(tree).exists():
        mounts = [line.split()[4] for line in pathlib.Path("/proc/self/mountinfo").read_text().splitlines()]
        inside = [mount for mount in mounts if mount.startswith(f"{tree}/")]
        if inside:
            raise SystemExit(f"{inside[0]} is still mounted: unmount it, then try again")
        shutil.rmtree(tree)
