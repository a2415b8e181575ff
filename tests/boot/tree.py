"""A Debian tree: made by debootstrap once and kept below build/, copied for each run."""

import pathlib
import shutil
import subprocess
import zlib

MIRROR = "http://deb.debian.org/debian"
# The base of an appliance, and the libraries of the programs.
BASE = "systemd systemd-sysv libnss-systemd ca-certificates dbus iproute2 apparmor publicsuffix libedit2 "
RELEASES = {
    "bookworm": BASE + "libcurl4 libjson-c5 libconfig9 libmicrohttpd12 libgnutls30",
    "trixie": BASE + "libcurl4t64 libjson-c5 libconfig11 libmicrohttpd12t64 libgnutls30t64",
}
BUILDING = "build-essential debhelper pkg-config"


def base(folder, release, name, packages):
    """Returns debootstrap's tree with these packages; an unfinished tree is made again, as is one with other packages."""
    full_name = f"{release}-{name}-{zlib.crc32(' '.join(packages).encode()):08x}"
    tree, unfinished = folder / full_name, folder / f"{full_name}.unfinished"
    if not tree.exists():
        remove(unfinished)
        print(f"debootstrap into {tree}, once", flush=True)
        command = ["debootstrap", "--variant=minbase", f"--include={','.join(packages)}", release, unfinished, MIRROR]
        with open(folder / "debootstrap.log", "wb") as log:
            result = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, check=False)
        if result.returncode != 0:
            raise SystemExit(f"debootstrap failed with {result.returncode}; see {folder}/debootstrap.log")
        unfinished.rename(tree)
    return tree


def fresh(folder, release, more):
    """Returns a copy of the base, with more packages, that a run may change."""
    tree = folder / "-".join([release, "tree", *more[:1]])
    remove(tree)
    packages = [*RELEASES[release].split(), *more]
    source = base(folder, release, "-".join(["base", *more]), packages)
    subprocess.run(["cp", "-a", "--reflink=auto", source, tree], check=True)
    # Empty: systemd makes an id at the first boot, as on a new appliance.
    (tree / "etc/machine-id").write_text("")
    (tree / "etc/hostname").write_text("appliance\n")
    return tree


def built(folder, release, source):
    """Builds a source tree in a tree of that release; returns the folders with the packages, and with the programs to be taken over."""
    tree = base(folder, release, "building", BUILDING.split())
    packages = tree / "packages"
    if packages.exists():
        shutil.rmtree(packages)
    shutil.copytree(source, packages / "source", symlinks=True)
    # The build dependencies come from the mirror, so it has the network of the host.
    script = "cd /packages/source && apt-get update && apt-get build-dep -y . && dpkg-buildpackage -us -uc -b && make taken-over"
    nspawn = ["systemd-nspawn", "--quiet", "--pipe", "--register=no", "--keep-unit", "--resolv-conf=copy-host"]
    environment = ["--setenv=DEB_BUILD_OPTIONS=nocheck", "--setenv=DEBIAN_FRONTEND=noninteractive"]
    with open(folder / "packages.log", "wb") as log:
        command = [*nspawn, *environment, "--directory", tree, "sh", "-c", script]
        result = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, check=False)
    if result.returncode != 0:
        raise SystemExit(f"the packages could not be built for {release}; see {folder}/packages.log")
    return packages, packages / "source/build/confine"


def remove(tree):
    """Removes a tree, never what is mounted in it."""
    if pathlib.Path(tree).exists():
        mounts = [line.split()[4] for line in pathlib.Path("/proc/self/mountinfo").read_text().splitlines()]
        inside = [mount for mount in mounts if mount.startswith(f"{tree}/")]
        if inside:
            raise SystemExit(f"{inside[0]} is still mounted: unmount it, then try again")
        shutil.rmtree(tree)
