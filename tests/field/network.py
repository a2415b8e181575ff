"""Two network namespaces with a cable between them: the agent is in the near one, name server and cloud are in the far
one. A packet to an address that the far side has lost is dropped in silence, as by a firewall."""

import os
import subprocess

import pytest

from server import Server
from support import namespace, programs

NEAR = "10.77.9.1"
# The resolver prefers the address that has more in common with ours: SILENT comes before CLOUD.
SILENT, CLOUD, NAMES, NOBODY = "10.77.9.3", "10.77.9.8", "10.77.9.53", "10.77.9.99"


class Side:
    """One namespace, kept by a process that waits for the end of the test; end is its end of the cable."""

    def __init__(self, end):
        self.end = end
        self.keeper = subprocess.Popen(
            programs.bound_to_us("unshare", "--net", "sh", "-c", "ip link set lo up && echo ready && read -r _"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self.ready = self.keeper.stdout.readline() == b"ready\n"
        self.prefix = ["nsenter", f"--net=/proc/{self.keeper.pid}/ns/net"]

    def ip(self, *arguments):
        result = programs.run(*self.prefix, "ip", *arguments)
        assert result.returncode == 0, (arguments, result.stderr)
        return result.stdout

    def close(self):
        self.keeper.stdin.close()
        self.keeper.wait(programs.DEADLINE)
        error = self.keeper.stderr.read().decode()
        self.keeper.stdout.close()
        self.keeper.stderr.close()
        return error


class Network:
    """Used as a context; skips the test, with the reason, where namespaces or such devices are not permitted."""

    def __init__(self, folder):
        self.folder = folder
        self.sides = []

    def make_sides(self):
        if os.geteuid() != 0:
            pytest.skip("only root may make a network")
        self.sides = [Side("near"), Side("far")]
        if not all(side.ready for side in self.sides):
            pytest.skip("no network namespace can be made here: " + " ".join(self.close_sides()))
        self.near, self.far = self.sides
        cable = ["link", "add", "near", "type", "veth", "peer", "name", "far", "netns", str(self.far.keeper.pid)]
        result = programs.run(*self.near.prefix, "ip", *cable)
        if result.returncode != 0:
            self.close_sides()
            pytest.skip(f"no pair of interfaces can be made here: {result.stderr.strip()}")

    def close_sides(self):
        sides, self.sides = self.sides, []
        return [side.close() for side in sides]

    def __enter__(self):
        self.make_sides()
        self.near.ip("addr", "add", f"{NEAR}/24", "dev", "near")
        self.near.ip("link", "set", "near", "up")
        self.far.ip("link", "set", "far", "up")
        self.far.ip("route", "add", "10.77.9.0/24", "dev", "far")
        # Nobody has to answer for an address: what is sent to it goes on the cable in any case.
        for address in (SILENT, CLOUD, NAMES, NOBODY):
            self.fix(self.near, self.far, address)
        self.fix(self.far, self.near, NOBODY)
        for address in (CLOUD, NAMES):
            self.restore(address)
        return self

    def __exit__(self, *_):
        self.close_sides()

    @staticmethod
    def fix(side, other, address):
        """The one side sends what is for this address to the other."""
        hardware = other.ip("-o", "link", "show", other.end).split("link/ether ")[1].split()[0]
        side.ip("neigh", "add", address, "lladdr", hardware, "dev", side.end, "nud", "permanent")

    def restore(self, address):
        self.far.ip("addr", "add", f"{address}/32", "dev", "far")

    def drop(self, address):
        """From now on what is sent to this address is lost."""
        self.far.ip("addr", "del", f"{address}/32", "dev", "far")

    def agent_prefix(self, options="timeout:1 attempts:2"):
        """Returns the prefix of a program of the near side that asks the name server of the far side."""
        resolv, nsswitch = self.folder / "resolv.conf", self.folder / "nsswitch.conf"
        resolv.write_text(f"nameserver {NAMES}\noptions {options}\n")
        nsswitch.write_text("passwd: files\ngroup: files\nhosts: files dns\n")
        script = 'mount --bind "$0" /etc/resolv.conf; mount --bind "$1" /etc/nsswitch.conf; shift'
        return [*self.near.prefix, *namespace.prefix(script, resolv, nsswitch)]


class Dnsmasq(Server):
    """A name server. names: host to addresses. upstream: where it asks for all that it does not know; without one, it
    denies the names of cisco.com that it does not know."""

    def __init__(self, folder, network, names, upstream=(), address=NAMES):
        super().__init__(folder, "dnsmasq")
        self.port, self.address = 53, address
        self.prefix = network.far.prefix
        self.names, self.upstream = names, upstream

    def configure(self):
        hosts = "".join(f"{address} {host}\n" for host, addresses in self.names.items() for address in addresses)
        servers = "".join(f"server={address}\n" for address in self.upstream) or "local=/cisco.com/\n"
        text = f"""
keep-in-foreground
no-resolv
no-hosts
no-poll
no-round-robin
strict-order
log-queries
log-facility=-
cache-size=0
user=root
pid-file
bind-interfaces
listen-address={self.address}
addn-hosts={self.write("hosts", hosts)}
{servers}
"""
        return ["dnsmasq", f"--conf-file={self.write('dnsmasq.conf', text)}"]
