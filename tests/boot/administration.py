"""The work of administrators on an installed appliance, and accidents."""

from appliance import CLOUD, CONFIG, DAEMON, STATE, expect, still_registered
from machine import NOBODY


def administered(appliance):
    """a member of api.admin_group may change things, another user may not"""
    appliance.output("groupadd operators && useradd --groups operators member && useradd visitor")
    appliance.output(f"echo 'api = {{ admin_group = \"operators\"; }};' >>{CONFIG} && systemctl reload {DAEMON}")
    for user, code in (("member", 0), ("visitor", 4)):
        enable = f"setpriv --reuid {user} --regid {user} --init-groups trctl enable"
        expect(appliance.run(enable, check=False).returncode, code, f"exit code of enable by {user}")
        appliance.run(enable.replace("enable", "clear"), check=False)
    # Its name comes from a module of the user database, which the confined daemon can't load any more.
    appliance.run("systemd-run --wait --quiet --property DynamicUser=yes --property User=guest trctl enable", check=False)
    said = appliance.output(f"journalctl --no-pager --unit {DAEMON} --output cat --lines 10")
    expect("guest" in said, True, "the log names a user that only systemd knows")


# complaint("system: the daemon is started again and again without a configuration or with a bad one")
def misconfigured(appliance):
    """a reload refuses a bad configuration, and a start with one is not repeated"""
    appliance.output(f"cp -p {CONFIG} {CONFIG}.good && echo 'nonsense = 1;' >>{CONFIG}")
    expect(appliance.run(f"systemctl reload {DAEMON}", check=False).returncode != 0, True, "the reload fails")
    appliance.await_true(lambda: "nonsense" in appliance.status().get("configFault", ""), "the status says so")
    still_registered(appliance)
    appliance.output(f"systemctl restart {DAEMON}")
    for _ in range(5):
        expect(appliance.registration()["health"], "config_invalid", "health after a restart")
    expect(appliance.show("ActiveState", "threatresponsed.socket"), "active", "the socket")
    expect(appliance.show("NRestarts"), "0", "restarts")
    said = appliance.output(f"journalctl --no-pager --unit {DAEMON} --output cat --lines 30")
    expect("nonsense" in said, True, "the journal names the mistake")
    expect(appliance.registration(uid=NOBODY)["health"], "config_invalid", "health as any user is told")
    # Nothing else is done: no reset of a failed unit, no restart.
    appliance.output(f"mv {CONFIG}.good {CONFIG}")
    appliance.await_true(lambda: appliance.registration()["health"] == "ok", "the mended file is taken by itself")
    still_registered(appliance)
    expect(appliance.show("NRestarts"), "0", "restarts")


def moved(appliance):
    """the state lies on another partition in each way that threatresponsed(8) names, and back again"""
    for layout in (bound, linked, named):
        appliance.output(f"systemctl stop {DAEMON} && mkdir /data && mount -t tmpfs -o mode=755 tmpfs /data && cp -a {STATE} /data/state")
        print(f"    {layout.__doc__}", flush=True)
        undo = layout(appliance)
        appliance.output(f"systemctl start {DAEMON}")
        still_registered(appliance)
        for verb in ("disable", "enable"):
            appliance.output(f"trctl {verb} && trctl commit -m {layout.__name__}")
        found = appliance.output("grep -c . /data/state/state.json; stat -c '%a %U' /data/state/")
        expect(found, "1\n700 threatresponsed", "the state on the partition")
        expect(layout.__name__ in appliance.output("cat /data/state/state.json"), True, "it has the commit")
        appliance.output(f"systemctl restart {DAEMON}")
        still_registered(appliance)
        appliance.output(f"systemctl stop {DAEMON} && {undo} && rm -rf {STATE} && cp -a /data/state {STATE}")
        appliance.output("umount /data && rmdir /data")
    appliance.output(f"systemctl start {DAEMON}")
    still_registered(appliance)


def bound(appliance):
    """a folder of the partition is mounted there"""
    appliance.output(f"rm -r {STATE} && mkdir {STATE} && mount --bind /data/state {STATE}")
    return f"umount {STATE}"


def linked(appliance):
    """a link leads to the partition"""
    appliance.output(f"rm -r {STATE} && ln -s /data/state {STATE}")
    return f"rm {STATE}"


def named(appliance):
    """a drop-in names a folder of the partition"""
    folder = f"/etc/systemd/system/{DAEMON}.d"
    lines = ["[Unit]", "RequiresMountsFor=/data", "[Service]", "Environment=STATE_DIRECTORY=/data/state"]
    lines += [f"{name}=/data/state /data/state.mark" for name in ("ReadWritePaths", "NoExecPaths")]
    appliance.output(f"rm -r {STATE} && mv {STATE}.mark /data/state.mark && mkdir -p {folder} && cat >{folder}/state.conf", stdin="\n".join(lines) + "\n")
    appliance.output("systemctl daemon-reload")
    return f"rm -r {folder} && systemctl daemon-reload && mv /data/state.mark {STATE}.mark"


def mounted_late(appliance):
    """while the partition of the state is missing nothing is asked of the cloud, and with it the daemon goes on by itself"""
    appliance.output(f"systemctl stop {DAEMON} && mkdir /data && mv {STATE} /data/state && ln -s /data/state {STATE}")
    appliance.output(f"mv /data /data.unmounted && systemctl start {DAEMON}")
    wait_for_partition(appliance, lambda status: "stateFault" in status, "the link leads nowhere", "mv /data.unmounted /data")
    appliance.output(f"systemctl stop {DAEMON} && rm {STATE} && install -d -m 700 -o threatresponsed {STATE}")
    appliance.output(f"systemctl start {DAEMON}")
    wait_for_partition(appliance, is_lost, "the state is lost", f"mount --bind /data/state {STATE}")
    appliance.output(f"systemctl stop {DAEMON} && umount {STATE} && rmdir {STATE} && mv /data/state {STATE} && rmdir /data")
    appliance.output(f"systemctl start {DAEMON}")
    still_registered(appliance)


def is_lost(status):
    return status["registration"].get("health") == "state_lost"


def wait_for_partition(appliance, faulty, what, mount):
    requests = appliance.requests()
    for _ in range(3):
        expect(faulty(appliance.status(uid=NOBODY)), True, f"the status says that {what}")
    expect(appliance.requests(), requests, "requests to the cloud so far")
    appliance.output(mount)
    appliance.await_true(lambda: appliance.registration().get("health") == "ok", "the state is found by itself")
    still_registered(appliance)


def renamed(appliance):
    """the cloud learns a new name of the host by itself"""
    names = [device["name"] for device in appliance.devices()]
    appliance.output("hostname renamed")
    appliance.await_true(lambda: [device["name"] for device in appliance.devices()] == ["renamed"], f"{names} is renamed")
    appliance.output("hostname appliance")
    appliance.await_true(lambda: [device["name"] for device in appliance.devices()] == ["appliance"], "and again")
    still_registered(appliance)


def identified(appliance):
    """with another machine id nothing is asked of the cloud; without one, or with the old one again, it goes on"""
    machine_id = appliance.output("cat /etc/machine-id")
    another = "0123456789abcdef0123456789abcdef"
    appliance.output(f"echo {another} >/etc/machine-id && systemctl restart {DAEMON}")
    expect(appliance.registration()["health"], "identity_changed", "health with another id")
    requests = appliance.requests()
    expect(appliance.run("trctl renew", check=False).returncode != 0, True, "a renewal is refused")
    expect(appliance.requests(), requests, "requests to the cloud")
    appliance.output(f": >/etc/machine-id && systemctl restart {DAEMON}")
    said = appliance.output(f"journalctl --merge --no-pager --unit {DAEMON} --output cat --lines 20")
    expect("This machine has no machine-id(5)" in said, True, "the journal says that there is none")
    still_registered(appliance)
    appliance.output(f"echo {machine_id} >/etc/machine-id && systemctl restart {DAEMON}")
    appliance.await_true(lambda: appliance.registration()["health"] == "ok", "health with the old id")
    still_registered(appliance)
