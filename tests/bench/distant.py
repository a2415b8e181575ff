"""A registration with a distant cloud: TLS handshakes, round trips, and wall time, beside the least that the
protocol needs. This floor is computed, not measured: it is the link alone, with programs that take no time."""

import re
import statistics

from link import Link
from stage import Daemon, Failed

DELAY = 0.1  # seconds each way
ROUND_TRIP = 2 * DELAY
LABEL = "eu"  # the label of an activation in stage.SERVER; a wrong one would cost more than none

# Round trips until a request can be sent: TCP, TLS 1.3.
CONNECT = 1 + 1
REQUEST = 1

# The regional server, the EST server, and the regional server again with the certificate.
CONNECTIONS = 3
REQUESTS = ("context", "activation", "cacerts", "csrattrs", "simpleenroll", "status")
ALL_ROUND_TRIPS = CONNECTIONS * CONNECT + len(REQUESTS) * REQUEST

# Calls that wait for an earlier one. The activation needs the context, the enrolment its credential, and the status the
# certificate. The connection to the EST server, and cacerts and csrattrs if the label is known, go on meanwhile. If the
# label comes with the activation, csrattrs must precede the enrolment; cacerts could run at the same time, but not on
# the same HTTP/1.1 connection: with three connections it takes one round trip more than this floor.
CHAIN_LABEL_KNOWN = CONNECT + 2 * REQUEST + REQUEST + CONNECT + REQUEST  # context, activation, simpleenroll, status
CHAIN_LABEL_TOLD = CHAIN_LABEL_KNOWN + REQUEST


def write_configuration(stage, cloud, port, label):
    """Writes the configuration of the cloud, with the link in front of all hosts, and with the label."""
    with open(cloud.configuration) as file:
        text = file.read()
    text, hosts = re.subn(r'(:443:127\.0\.0\.1:)\d+"', rf'\g<1>{port}"', text)
    text, groups = re.subn(r"(?m)^est = \{", f'est = {{ label = "{label}";', text)
    if not hosts or groups != 1:
        raise Failed(f"{cloud.configuration} is not as this bench expects it")
    path = f"{stage.directory('distant')}/conf"
    with open(path, "w") as file:
        file.write(text)
    return path


def measure_registrations(stage, cloud, link, label, runs):
    """Returns the counts of the worst run, and the median of the wall time."""
    daemon = Daemon(stage, cloud, configuration=write_configuration(stage, cloud, link.port, label)).start()
    daemon.enable()
    handshakes, round_trips, walls = [], [], []
    for _ in range(runs):
        counts = link.begin()
        walls.append(daemon.register())
        handshakes.append(counts.handshakes)
        round_trips.append(counts.round_trips)
        if counts.connections != counts.handshakes:
            raise Failed(f"{counts.connections} connections with {counts.handshakes} TLS handshakes")
        daemon.deregister()
    daemon.stop()
    return max(handshakes), max(round_trips), statistics.median(walls)


def measure(stage, table, cloud, form, runs):
    target = int(cloud.connect_to[0].rsplit(":", 1)[1])
    with Link(target, DELAY) as link:
        for what, label, chain in (
                (f"registration, {DELAY * 1e3:.0f} ms each way", "", CHAIN_LABEL_TOLD),
                ("the same, EST label configured", LABEL, CHAIN_LABEL_KNOWN)):
            handshakes, round_trips, wall = measure_registrations(stage, cloud, link, label, runs)
            table.add(f"{what}: TLS handshakes", str, handshakes, CONNECTIONS)
            table.add(f"{what}: round trips", str, round_trips, ALL_ROUND_TRIPS)
            table.add(f"{what}: wall", form, wall, chain * ROUND_TRIP)
