"""The reach of the processes of the installed appliance."""

import pathlib
import re
import sys

from appliance import CLOUD, DAEMON, LOOPBACK, STATE, WORKERS, expect, still_registered
from machine import NOBODY

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "system"))
from support import taken_over as said  # noqa: E402  pylint: disable=wrong-import-position

# Since systemd 254 a service may ask to be told of a lack of memory.
PRESSURE = ".service/memory.pressure"


def confined(appliance):
    """the daemon has no network, its state is for its user only, and it can write nothing else"""
    pid = appliance.daemon_pid()
    names = re.findall(r"^ *(\w+):", appliance.output(f"cat /proc/{pid}/net/dev"), re.MULTILINE)
    expect(names, ["lo"], "interfaces of the daemon")
    own, machine = (appliance.output(f"readlink /proc/{one}/ns/net") for one in (pid, 1))
    expect(own != machine, True, "its network is another one than the machine's")
    private_state(appliance)
    jailed(appliance, DAEMON, ["/run/threatresponsed", STATE, f"{STATE}.mark"], ["/tmp", "/dev/shm"])


def private_state(appliance):
    uid = appliance.output(f"sed -n 's/^Uid:\\t\\([0-9]*\\).*/\\1/p' /proc/{appliance.daemon_pid()}/status")
    print(f"    uid of the daemon: {uid}")
    entries = appliance.output(f"find {STATE}/ -printf '%y %m %U\\n' | sort -u").splitlines()
    expect([entry for entry in entries if entry not in (f"d 700 {uid}", f"f 600 {uid}")], [], "files open to others")


def jailed(appliance, unit, writable, hidden):
    """The main process of a unit can write only to the writable places, and can't see the hidden ones."""
    pid = appliance.show("MainPID", unit)
    # Until the exec it is systemd, which sets the places up.
    appliance.await_true(lambda: appliance.output(f"cat /proc/{pid}/comm").startswith("threatresponse"), f"{unit} is started")
    lines = [line.split() for line in appliance.output(f"cat /proc/{pid}/mountinfo").splitlines()]
    places = {line[4]: line[5].split(",") for line in lines}
    # File systems of the kernel, and of systemd-nspawn for root.
    others = ("/proc", "/dev/pts", "/run/host/incoming", "/run/host/os-release")
    seen = sorted(place for place, options in places.items() if "rw" in options and place not in others and not place.endswith(PRESSURE))
    expect(seen, writable, f"what {unit} can write to")
    seen = appliance.output(f"stat -c '%a %n' {' '.join(f'/proc/{pid}/root{place}' for place in hidden)} | grep -v '^0 ' || :")
    expect(seen, "", f"what {unit} sees of {' '.join(hidden)}")


def rated(appliance):
    """the exposure of both kinds of process by systemd-analyze security"""
    worker = appliance.output("systemctl list-unit-files --plain --no-legend 'threatresponse*-worker@.service'").split()[0]
    for unit in (DAEMON, worker):
        rating = appliance.output(f"systemd-analyze security --no-pager {unit} | tail -1")
        print(f"    {rating.lstrip('→ ')}")


def verified(appliance):
    """systemd-analyze verify is silent about the installed units"""
    units = appliance.output("dpkg-query --listfiles threatresponsed | grep /systemd/system/.").splitlines()
    expect(len(units), 4, "units of the package")
    # Without the manuals: the machine has no man.
    result = appliance.run(f"systemd-analyze verify --man=no {' '.join(units)}", check=False)
    expect((result.returncode, result.stdout + result.stderr), (0, ""), "exit code and words of systemd-analyze verify")


PROFILES = "/etc/apparmor.d/threatresponsed"
# The profile of a worker that waits for a slow cloud.
LOOK = f"""
    trsandbox fault --directory {CLOUD} set all delay 10
    trctl check >/dev/null &
    for try in $(seq 100); do
        sleep 0.1
        unit=$({WORKERS} | head -n 1 | cut -d " " -f 1)
        [ -n "$unit" ] || continue
        pid=$(systemctl show --value --property MainPID "$unit")
        [ "$(cat /proc/$pid/comm 2>/dev/null)" = threatresponse- ] && cat /proc/$pid/attr/current && break
    done
    trsandbox fault --directory {CLOUD} clear
    wait
"""


def profiled(appliance):
    """under the AppArmor profiles of the package, in both modes, nothing is refused that is needed"""
    appliance.output(f"apparmor_parser --skip-kernel-load --skip-cache {PROFILES}")
    if appliance.output("cat /sys/module/apparmor/parameters/enabled || :") != "Y":
        print("    read by the parser, but NOT TRIED: this kernel has no AppArmor")
        return
    for mode, option in (("complain", "--Complain"), ("enforce", "")):
        appliance.output(f"apparmor_parser --replace {option} {PROFILES} && systemctl restart {DAEMON}")
        profile = appliance.output(f"cat /proc/{appliance.daemon_pid()}/attr/current")
        expect(profile, f"threatresponsed ({mode})", "the profile of the daemon")
        expect(appliance.output(LOOK), f"threatresponse-worker ({mode})", "the profile of a worker")
        appliance.output("trctl check && trctl disable && trctl commit -m profiled && trctl enable && trctl commit -m profiled")
        still_registered(appliance)
    said = appliance.output("journalctl --no-pager --dmesg --output cat | grep -E 'apparmor=\"(DENIED|ALLOWED)\".*threatresponse' || :")
    expect(said, "", "what the profiles don't know")


# Drop-ins go away with the machine.
DROP_INS = "/run/systemd/system"
PROGRAMS = "/usr/libexec/taken-over"
TARGET = "/srv/attempts"
# Addresses of a network that has only lo.
NEAR, MANY = "169.254.77.7", "239.77.7.7"
# The powers that the unit takes from the worker, not the program itself.
BY_THE_UNIT = ["ask_the_bus", "ask_for_users", "ask_the_agent", "forge_event", "forge_log_line", "reach_loopback"]
BY_THE_UNIT += ["reach_link_local", "reach_multicast"]
ENVIRONMENT = {
    "ATTEMPT_FILE": f"{TARGET}/secret", "ATTEMPT_FOLDER": TARGET, "ATTEMPT_PORT": "8443", "ATTEMPT_NEAR": NEAR,
    "ATTEMPT_MANY": MANY, "ATTEMPT_ABSTRACT": "@attempts",
}
LISTENER = """
    printf '[Socket]\\nListenStream=@attempts\\nAccept=yes\\n' >/run/systemd/system/attempts.socket
    printf '[Service]\\nExecStart=/bin/true\\n' >/run/systemd/system/attempts@.service
    systemctl daemon-reload && systemctl start attempts.socket
"""


def taken_over(appliance):
    """daemon and worker, taken over in their units, can do what docs/security.md says"""
    appliance.output(f"mkdir -m 777 {TARGET} && echo secret >{TARGET}/secret && chmod 666 {TARGET}/secret")
    appliance.output(f"ip address add {NEAR}/32 dev lo && ip route add 224.0.0.0/4 dev lo")
    appliance.output(LISTENER)
    # As installed: the cloud of this machine is out of reach.
    appliance.output(f"mv {LOOPBACK} /run/loopback && systemctl daemon-reload")
    closed = appliance.run("trctl check", check=False).stdout
    expect("a drop-in opens it: threatresponse-worker(8)" in closed, True, "check names the drop-in that the cloud on loopback needs")
    release = appliance.output("uname -r")
    bare = attempted(appliance, "worker in no unit", in_no_unit(appliance))
    reached = [name for name in BY_THE_UNIT if bare[name] not in ("done", "ECONNREFUSED")]
    expect(reached, [], "what the worker can't reach even in no unit")
    forged = appliance.output(f"journalctl --no-pager --unit {DAEMON} TR_EVENT=registered | grep -c forged || :")
    expect(forged, "0", "forged events that the command of the manual shows")
    for unit, kind, act in (("threatresponsed-worker@.service", "worker", ask), (DAEMON, "daemon", stop)):
        run_instead(appliance, unit, kind)
        found = attempted(appliance, kind, act(appliance))
        expect(said.differences(f"{kind} in its unit", found, release), [], f"what a {kind} in its unit can do otherwise")
        appliance.output(f"rm -r {DROP_INS}/{unit}.d && systemctl daemon-reload")
    appliance.output(f"mv /run/loopback {LOOPBACK} && systemctl daemon-reload && systemctl stop attempts.socket")
    appliance.output(f"rm -r {TARGET} {PROGRAMS} && systemctl start {DAEMON}")
    still_registered(appliance)


def in_no_unit(appliance):
    settings = " ".join(f"{name}={value}" for name, value in ENVIRONMENT.items())
    return appliance.run(f"{settings} {PROGRAMS}/threatresponse-worker </dev/null", uid=NOBODY).stderr


def run_instead(appliance, unit, kind):
    """Runs the program that is taken over in a unit."""
    program = {"worker": "threatresponse-worker", "daemon": "threatresponsed --worker unix:/run/threatresponsed-worker.socket"}[kind]
    lines = ["[Service]", "ExecStart=", f"ExecStart={PROGRAMS}/{program}"]
    lines += [f"Environment={name}={value}" for name, value in ENVIRONMENT.items()]
    appliance.output(f"mkdir -p {DROP_INS}/{unit}.d && cat >{DROP_INS}/{unit}.d/taken-over.conf", stdin="\n".join(lines) + "\n")
    appliance.output("systemctl daemon-reload")


def said_by(appliance, unit):
    return appliance.output(f"journalctl --no-pager --output cat --unit '{unit}' | grep '^attempt' || :")


def ask(appliance):
    """Makes a worker do its job."""
    appliance.run("trctl check", check=False)
    unit = "threatresponsed-worker@*"
    appliance.await_true(lambda: "attempts are over" in said_by(appliance, unit), "the worker tries everything")
    return said_by(appliance, unit)


def stop(appliance):
    """Ends the daemon, which does everything at its end."""
    appliance.output(f"systemctl restart {DAEMON} && trctl status && systemctl stop {DAEMON}")
    return said_by(appliance, DAEMON)


def attempted(appliance, kind, text):
    found = said.results(text)
    print(f"    attempts of the {kind}: {len(found)}", flush=True)
    return found
