"""The life of an appliance from the installation to the removal; each step leaves the state that the next one needs."""

import concurrent.futures
import re

from administration import administered, identified, misconfigured, mounted_late, moved, renamed
from appliance import CONFIG, DAEMON, LOOPBACK, STATE, WORKERS, expect, still_registered
from confinement import confined, jailed, private_state, profiled, rated, taken_over, verified
from machine import NOBODY

DROP_IN = f"/run/systemd/system/{DAEMON}.d"
SOCKETS = ("threatresponsed", "threatresponsed-worker")


# complaint("system: the daemon is started again and again without a configuration or with a bad one")
def installed(appliance):
    """after the installation the feature is disabled, any user may ask, and the cloud gets no request"""
    for unit in (DAEMON, "threatresponsed.socket", "threatresponsed-worker.socket"):
        expect(appliance.show("ActiveState", unit), "active", unit)
        expect(appliance.show("UnitFileState", unit), "enabled", f"{unit} at boot")
    status = appliance.status(uid=NOBODY)
    expect(status["enabled"], False, "enabled, as an unprivileged user is told")
    expect(status["registration"]["state"], "unregistered", "the registration")
    expect(appliance.requests(), 0, "requests to the cloud")
    expect(appliance.run("trctl enable", uid=NOBODY, check=False).returncode, 4, "exit code of enable by that user")


def registered(appliance):
    """enable, commit and register, through a worker of the system manager"""
    appliance.output("trctl enable && trctl server europe && trctl commit -m boot")
    register(appliance)
    appliance.await_true(lambda: appliance.output(WORKERS) == "", "the worker instance is gone")
    expect(appliance.output(WORKERS), "", "worker instances that are left")
    private_state(appliance)


def register(appliance):
    appliance.token = appliance.output("trsandbox token --directory /var/lib/cloud --region EUROPE")
    appliance.output("trctl register --wait", stdin=appliance.token + "\n")
    registration = appliance.registration()
    expect(registration["state"], "registered", "the registration")
    (device,) = appliance.devices()
    expect(device["guid"], registration["guid"], "the device that the portal lists")
    appliance.guid = registration["guid"]


def told(appliance):
    """the journal has the event with its explanation, no token, and no failed confinement"""
    event = appliance.output("journalctl --no-pager --unit threatresponsed --catalog TR_EVENT=registered")
    expect(f"registered as device {appliance.guid}" in event, True, "explained by the catalog")
    journal = appliance.output("journalctl --no-pager --all --output export")
    expect(appliance.token in journal, False, "the token is in the journal")
    missed = re.findall(r"MESSAGE=(.*can't be (?:confined|locked|switched off|kept in guarded memory).*)", journal)
    # Without CAP_SYS_RESOURCE a machine can't raise the limit of locked memory; the log must say so then.
    limit = appliance.output(f"grep '^Max locked memory .*unlimited' /proc/{appliance.daemon_pid()}/limits || :")
    locked = [line for line in missed if "locked" in line]
    expect([line for line in missed if line not in locked], [], "what could not be given up")
    expect(locked == [], limit != "", "the memory is locked, as the limit allows")


# Bad messages, more than the journal takes of a unit in the time of its limit by default.
FLOOD = """
    use IO::Socket::UNIX;
    for (1 .. 12000) {
        my $peer = IO::Socket::UNIX->new(Peer => "/run/threatresponsed/org.threatresponse.agent") or next;
        print $peer "x\\0";
        $peer->flush;
        my $end = <$peer>;
    }
"""


def heard(appliance):
    """no event is lost in the lines that another user makes the daemon log"""
    appliance.output(f"perl -e '{FLOOD}'", uid=NOBODY)
    appliance.output("trctl disable && trctl commit -m quiet && trctl enable && trctl commit -m again")
    appliance.output("journalctl --sync")
    said = appliance.output(f"journalctl --no-pager --unit {DAEMON} --output cat")
    bad = said.count("sent a malformed message")
    print(f"    lines about 12000 bad messages: {bad}")
    expect(0 < bad < 100, True, "there are lines, but few")
    expect([word in said for word in ("committed by root: disabled", "committed by root: enabled")], [True] * 2, "events")
    dropped = appliance.output("journalctl --no-pager --output cat SYSLOG_IDENTIFIER=systemd-journald | grep -c Suppressed || :")
    expect(dropped, "0", "times that the journal has suppressed lines")


def restarted(appliance):
    """a restart of the service keeps the registration"""
    before = appliance.daemon_pid()
    appliance.output(f"systemctl restart {DAEMON}")
    expect(appliance.daemon_pid() != before, True, "it is another process")
    still_registered(appliance)


def crashed(appliance):
    """after a crash the system manager starts it again"""
    appliance.output(f"systemctl kill --kill-whom main --signal KILL {DAEMON}")
    appliance.await_true(lambda: appliance.show("NRestarts") == "1", "one restart is counted")
    still_registered(appliance)


# complaint("system: a daemon that hangs is not noticed")
def hung(appliance):
    """a daemon that hangs is found by the watchdog and started again"""
    appliance.output(f"mkdir -p {DROP_IN} && printf '[Service]\\nWatchdogSec=2\\n' >{DROP_IN}/watchdog.conf")
    appliance.output(f"systemctl daemon-reload && systemctl restart {DAEMON}")
    before = appliance.daemon_pid()
    appliance.output(f"kill -STOP {before}")
    appliance.await_true(lambda: appliance.show("NRestarts") == "1", "one restart is counted")
    expect(appliance.daemon_pid() != before, True, "it is another process")
    still_registered(appliance)
    appliance.output(f"rm {DROP_IN}/watchdog.conf && systemctl daemon-reload && systemctl restart {DAEMON}")


# complaint("system: stopping takes half a minute")
def stopped(appliance):
    """the service stops during an attempt with a silent cloud, and goes on later; the worker could write nowhere"""
    appliance.output("trsandbox fault --directory /var/lib/cloud set cacerts delay 600")
    appliance.output("trctl renew")
    appliance.await_true(lambda: appliance.output(WORKERS) != "", "a worker is under way")
    jailed(appliance, appliance.output(WORKERS).split()[0], [], ["/tmp", "/dev/shm", "/usr/bin", STATE])
    appliance.output(f"systemctl stop {DAEMON}")
    expect(appliance.show("Result"), "success", "result of the stop, which has 10 s")
    appliance.await_true(lambda: appliance.output(WORKERS) == "", "the worker has ended, too")
    appliance.output("trsandbox fault --directory /var/lib/cloud clear && systemctl restart cloud.service")
    appliance.output(f"systemctl start {DAEMON}")
    still_registered(appliance)


# complaint("system: units that are ordered after the daemon start before it answers")
def activated(appliance):
    """with threatresponsed.socket the daemon starts at the first call, and its stop leaves the socket"""
    appliance.output(f"systemctl stop {DAEMON} && systemctl start threatresponsed.socket")
    expect(appliance.show("ActiveState"), "inactive", "the service before the call")
    still_registered(appliance)
    appliance.output(f"systemctl stop {DAEMON}", check=False)
    expect(appliance.show("ActiveState", "threatresponsed.socket"), "active", "the socket after the stop")
    still_registered(appliance)
    appliance.output(f"systemctl start {DAEMON}")


# complaint("system: a new system image loses the identity because files lie elsewhere")
def rebooted(appliance):
    """after a reboot it is registered as the same device"""
    before = appliance.output("cat /proc/sys/kernel/random/boot_id; systemctl show --value --property UserspaceTimestamp")
    appliance.machine.shut_down()
    expect(appliance.machine.boot(), "running", "systemd, after the second boot")
    after = appliance.output("cat /proc/sys/kernel/random/boot_id; systemctl show --value --property UserspaceTimestamp")
    expect(after != before, True, "it was booted anew")
    still_registered(appliance)


def renewed(appliance):
    """a certificate that lives for a minute is renewed by itself"""
    folder = "/run/systemd/system/cloud.service.d"
    appliance.output(f"mkdir {folder} && printf '[Service]\\nEnvironment=VALIDITY=60\\n' >{folder}/brief.conf")
    appliance.output("systemctl daemon-reload && systemctl restart cloud.service")
    appliance.output("trctl deregister --yes --wait")
    register(appliance)
    serial = serial_of(appliance)
    # On a slow machine each renewal may be overdue for some seconds.
    appliance.await_true(lambda: serial_of(appliance) != serial, "another certificate")
    appliance.output(f"rm -r {folder} && systemctl daemon-reload && systemctl restart cloud.service")
    ask_for_another(appliance)
    appliance.await_true(lambda: appliance.registration()["health"] == "ok", "health ok")
    still_registered(appliance)


def serial_of(appliance):
    return appliance.registration()["certificate"]["serial"]


def ask_for_another(appliance):
    """Renews the certificate. It may be under way by itself, which is "busy"."""
    serial = serial_of(appliance)
    expect(appliance.run("trctl renew", check=False).returncode in (0, 6), True, "a renewal is under way")
    appliance.await_true(lambda: serial_of(appliance) != serial, "another certificate")


# Calls until the upgrade is over; prints a line for each call without an answer, and the number of the others.
ASKING = """
    n=0
    while [ -e /run/upgrading ]; do
        if said=$(trctl status 2>&1); then n=$((n + 1)); else echo "call $n: $said"; fi
    done
    echo "$n answered"
"""


# complaint("system: an upgrade replaces the configuration or loses the registration")
def upgraded(appliance):
    """an upgrade with the service running keeps the registration, the administrator's configuration, and every call"""
    before = appliance.daemon_pid()
    sockets = [appliance.show("ActiveEnterTimestampMonotonic", f"{name}.socket") for name in SOCKETS]
    appliance.configuration = appliance.output(f"cat {CONFIG}")
    appliance.output("touch /run/upgrading")
    with concurrent.futures.ThreadPoolExecutor() as pool:
        asked = pool.submit(appliance.output, ASKING)
        try:
            appliance.output("apt-get install -y /root/newer.deb")
            still_registered(appliance)
        finally:
            appliance.output("rm /run/upgrading")
    lost, answered = asked.result().rpartition("\n")[::2]
    expect(lost, "", f"calls during the upgrade that had no answer ({answered})")
    same = [appliance.show("ActiveEnterTimestampMonotonic", f"{name}.socket") for name in SOCKETS] == sockets
    expect(same, True, "the sockets are the same as before")
    version = appliance.output("dpkg-query --show --showformat '${Version}' threatresponsed")
    expect(version.endswith("+newer"), True, "the newer version is installed")
    expect(appliance.daemon_pid() != before, True, "it is another process")
    expect(appliance.output(f"cat {CONFIG}") == appliance.configuration, True, "the configuration is the administrator's")
    still_registered(appliance)


# complaint("identity: uninstalling leaves the key, or an upgrade removes it")
def removed(appliance):
    """a removal warns that the appliance is still registered, removes the programs, and keeps the state"""
    said = appliance.output("apt-get remove -y threatresponsed 2>&1")
    warning = f"this appliance is still registered with EUROPE (api.eu.sse.itd.cisco.com) as device {appliance.guid}."
    expect(warning in said, True, "the warning")
    appliance.warning = warning
    expect(appliance.show("ActiveState"), "inactive", "the unit")
    expect(appliance.output("ls /usr/sbin/threatresponsed /usr/bin/trctl 2>/dev/null || :"), "", "programs that are left")
    expect(appliance.output(f"ls {CONFIG}"), CONFIG, "the configuration")
    kept = appliance.output(f"grep -rl {appliance.guid} {STATE} | wc -l")
    expect(kept != "0", True, "the state still has the device")
    expect([device["guid"] for device in appliance.devices()], [appliance.guid], "devices of the portal")


# The state of the last program of version 1.
OLDER = f"""
    older=$(sed 's/"version":3,/"version":1,/; s/,"everRegistered":true//' {STATE}/state.json)
    printf '%s' "$older" >{STATE}/state.json
"""
VERSION = f"grep -o '\"version\":[0-9]*' {STATE}/state.json"


# complaint("system: an upgrade replaces the configuration or loses the registration")
def installed_again(appliance):
    """installed again, the service goes on with its identity, also from the state of an older version"""
    appliance.output(OLDER)
    expect(appliance.output(VERSION), '"version":1', "version of the state")
    said = appliance.output("apt-get install -y /root/newer.deb")
    kept = "+newer, is still in /var/lib/threatresponsed and is used again."
    expect(kept in said, True, "it says that the state is used again")
    still_registered(appliance)
    ask_for_another(appliance)
    appliance.await_true(lambda: appliance.output(VERSION) == '"version":3', "the state has version 3")
    still_registered(appliance)


# complaint("identity: uninstalling leaves the key, or an upgrade removes it")
def purged(appliance):
    """a purge warns again and removes state and configuration"""
    said = appliance.output("apt-get purge -y threatresponsed 2>&1")
    expect("remove the device in the portal" in said and appliance.warning in said, True, "the warning")
    left = appliance.output("find /etc /run /var /usr -xdev -name '*threatresponse*' | grep -vE '^/(usr/share|var/lib/dpkg|var/lib/cloud)/' || :").splitlines()
    # Made as trsandbox(1) says.
    expect(sorted(left), [LOOPBACK, f"{CONFIG}.saved"], "what is left")


def first_boot(appliance):
    """an appliance that ships with a token as a credential registers itself, once, and not again after a deregistration"""
    appliance.output(f"trsandbox remove --directory /var/lib/cloud {appliance.guid}")
    token = appliance.output("trsandbox token --directory /var/lib/cloud --region EUROPE")
    appliance.output("umask 077 && cat >/etc/threatresponse.token", stdin=token + "\n")
    drop_in = "/etc/systemd/system/threatresponsed.service.d"
    credential = "[Service]\\nLoadCredential=threatresponse.token:/etc/threatresponse.token\\n"
    appliance.output(f"mkdir -p {drop_in} && printf '{credential}' >{drop_in}/token.conf")
    settings = 'registration = { auto_register = true; };\nsettings = { enabled = true; server = "EUROPE"; };\n'
    appliance.output(f"cat >{CONFIG}", stdin=appliance.configuration + "\n" + settings)
    appliance.output("apt-get install -y -o Dpkg::Options::=--force-confold /root/newer.deb")
    appliance.await_true(lambda: appliance.registration()["state"] == "registered", "it registers itself")
    (device,) = appliance.devices()
    expect(device["guid"], appliance.registration()["guid"], "the device that registered itself")
    # The token was used: the journal advises to remove the file.
    appliance.output(f"rm /etc/threatresponse.token && systemctl restart {DAEMON}")
    expect(appliance.registration()["state"], "registered", "the registration after a start without the token's file")
    appliance.output("trctl deregister --yes --wait")
    appliance.machine.shut_down()
    expect(appliance.machine.boot(), "running", "systemd, after the next boot")
    appliance.await_answer()
    expect(appliance.registration()["state"], "unregistered", "the registration after a deregistration and a reboot")
    expect(appliance.devices(), [], "devices of the portal")


STEPS = [installed, confined, administered, registered, told, heard, profiled, taken_over, restarted, crashed, hung, stopped, activated]
STEPS += [misconfigured, moved, mounted_late, renamed, identified, rebooted, renewed, rated, verified, upgraded, removed]
STEPS += [installed_again, purged, first_boot]
