"""trctl status shows everything on one screen, from memory; trctl watch prints each change."""

import json
import os
import re
import signal
import subprocess
import time

import pytest

from support import programs
from support.cloud import SSE_HOSTS

QUICK = {"timing__refresh_interval": 0.05, "timing__refresh_jitter": 0.0}


def fields(text):
    """Returns the lines of a status by their labels."""
    return {line[:16].strip(): line[16:] for line in text.splitlines()}


@pytest.mark.complaint("retry: neither a failed attempt nor the time of the next one is shown")
def test_everything_in_one_screen(registered, cloud):
    """The cloud is down and an attempt has failed."""
    registered.call("Stage", {"enabled": False})
    cloud.stop()
    registered.call("Renew")
    registered.wait_for(lambda r: r["attempt"] >= 2 and "nextAttempt" in r)
    text = registered.ctl("status").stdout
    assert len(text.splitlines()) <= 25
    shown = fields(text)
    registration = registered.registration()
    assert shown["Feature"] == "enabled"
    assert shown["Server"] == f"EUROPE ({SSE_HOSTS['EUROPE']})"
    assert shown["Staged"].startswith("disabled by ")
    assert shown["State"].startswith("registered since ")
    assert shown["Health"] == registration["health"]
    assert re.match(r"renew, step renewal-\w+, (running|waiting)$", shown["Operation"])
    assert re.match(r"\d+ failed", shown["Attempts"])
    assert shown["Last success"] and shown["Last failure"] and shown["Next refresh"]
    assert shown["Reason"].startswith("connect_refused (renew, step renewal-")
    assert shown["Remedy"] == registration["lastFailure"]["remedy"]
    assert shown["Message"] == registration["lastFailure"]["message"]
    assert shown["Device"] == registration["guid"]
    assert registration["tenant"]["name"] in shown["Tenant"]
    assert shown["Certificate"] and shown["Expires"] and shown["Next renewal"]
    assert shown["Proxy"] == "none"
    # The clocks agree: no line mentions them.
    assert "Clock" not in shown
    cloud.start()


def test_times_are_utc(ready, tmp_path):
    """In any time zone, whose file is not even read."""
    trace = tmp_path / "trace"
    # The leak check of a sanitized program doesn't work under strace.
    env = programs.environment(TZ="Asia/Tokyo", ASAN_OPTIONS="detect_leaks=0")
    command = [programs.program("trctl"), "--socket", ready.socket, "status"]
    shown = programs.run("strace", "-qq", "-e", "trace=openat", "-o", trace, *command, env=env)
    since = fields(shown.stdout)["State"]
    assert re.match(r"unregistered since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC \(", since)
    assert since.split()[2:4] == time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(ready.registration()["since"])).split()
    opened = [line for line in trace.read_text().splitlines() if not line.endswith("(No such file or directory)")]
    assert opened and not [line for line in opened if "zoneinfo" in line or "localtime" in line]


@pytest.mark.complaint("commands: the status of a stopped agent exits with 0 or says pending")
def test_without_a_daemon(idle):
    result = idle.ctl("status")
    assert result.returncode == 3
    assert "The daemon is not running" in result.stderr and "systemctl start" in result.stderr


@pytest.mark.complaint("certificates: a wrong clock is not named")
@pytest.mark.parametrize("offset, shown", [(7200, "7[12]\\d\\d s behind the server's"), (-300, "\\d{3} s ahead of the server's")])
def test_a_wrong_clock_is_shown_though_all_goes_well(idle, cloud, offset, shown):
    cloud.fault("status", "clock", offset)
    cloud.fault("refresh", "clock", offset)
    idle.config.write(**QUICK)
    idle.start()
    idle.register()
    registration = idle.wait_for(lambda r: "clockOffset" in r)
    assert abs(registration["clockOffset"] + offset) <= 10
    assert registration["health"] == "ok" and "lastFailure" not in registration
    assert re.fullmatch(shown, fields(idle.ctl("status").stdout)["Clock"])
    cloud.clear()
    idle.wait_for(lambda r: abs(r["clockOffset"]) <= 10)
    assert "Clock" not in fields(idle.ctl("status").stdout)
    # It is not written to the disk.
    assert "clockOffset" not in idle.state_file.read_text()


REGIONS = {
    "AMERICAS": f"choose the server AMERICAS ({SSE_HOSTS['AMERICAS']}) and commit, then register with a new token.",
    "APJC": "which the integration does not support: get a token of another region.",
}


@pytest.mark.parametrize("region", REGIONS)
def test_a_token_of_another_region_names_it(ready, cloud, region):
    ready.begin_registration(cloud.token(region))
    registration = ready.wait_failure("wrong_region")
    assert registration["state"] == "unregistered"
    remedy = registration["lastFailure"]["remedy"]
    assert remedy.startswith(f"The token is for the region {region}") and remedy.endswith(REGIONS[region])
    assert fields(ready.ctl("status").stdout)["Remedy"] == remedy


def test_a_region_that_is_not_in_the_list(idle, cloud):
    text = re.sub(r'\n *\{ label = "AMERICAS".*?\}', "", idle.config.text()).replace("supported = true; },\n)", "supported = true; }\n)")
    idle.config.path.write_text(text.replace("servers = (", 'settings = { server = "EUROPE"; };\nservers = (', 1))
    idle.start()
    idle.enable()
    idle.begin_registration(cloud.token("AMERICAS"))
    remedy = idle.wait_failure("wrong_region")["lastFailure"]["remedy"]
    assert "AMERICAS, which is not in the list of servers: get a token of EUROPE" in remedy


@pytest.mark.complaint("network: a request uses the proxy of a shell's environment, or the proxy in use is not shown")
@pytest.mark.parametrize(
    "exempt, shown",
    [
        ([], True),
        (["other.example"], True),
        ([SSE_HOSTS["EUROPE"]], False),
        ([".cisco.com"], False),
        (["*"], False),
        (["*.cisco.com"], False),
        ([SSE_HOSTS["EUROPE"] + ":443"], False),
        ([SSE_HOSTS["EUROPE"] + ":8443"], True),
    ],
)
def test_the_proxy_that_is_used(idle, exempt, shown):
    idle.config.write(network__proxy="http://proxy.example:3128", network__no_proxy=exempt)
    idle.start()
    idle.call("Stage", {"server": "EUROPE"})
    idle.call("Commit")
    expected = "http://proxy.example:3128" if shown else None
    assert idle.status().get("proxy") == expected
    assert fields(idle.ctl("status").stdout)["Proxy"] == (expected or "none")


# Watch


class Watch:
    """A running trctl watch; lines() are what it has printed."""

    def __init__(self, agent, *options):
        command = [programs.program("trctl"), "--socket", agent.socket, *options, "watch"]
        self.path = agent.folder / "watch.txt"
        with open(self.path, "w", encoding="utf-8") as output:
            self.process = subprocess.Popen(
                programs.bound_to_us(*command), stdout=output, stderr=output, env=programs.environment()
            )

    def lines(self):
        return self.path.read_text().splitlines()

    def wait(self, text):
        programs.until(lambda: any(text in line for line in self.lines()), f"{text}\n{self.path.read_text()}")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(programs.DEADLINE)


def test_watch(ready):
    watch = Watch(ready)
    watch.wait("state: unregistered")
    ready.register()
    watch.wait("health: none -> ok")
    ready.call("Deregister")
    watch.wait("-> unregistered")
    watch.stop()
    lines = watch.lines()
    assert all(re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC  \w+: \S", line) for line in lines)
    told = [line.split("UTC  ")[1] for line in lines]
    assert told[0] == "feature: enabled" and "server: EUROPE" in told
    assert "state: unregistered -> registering" in told or "state: unregistered -> registered" in told
    assert any(line.startswith("device: none -> ") for line in told)
    assert any(line.startswith("certificate: none -> ") for line in told)


def test_watch_as_json_lives_through_a_restart(ready):
    watch = Watch(ready, "--json")
    watch.wait('"what":"state"')
    ready.restart()
    watch.wait("waiting until it is back")
    ready.call("Stage", {"enabled": False})
    watch.wait('"what":"staged"')
    watch.stop()
    changes = [json.loads(line) for line in watch.lines() if line.startswith("{")]
    assert all(set(change) == {"time", "what", "from", "to"} for change in changes)
    assert changes[0] == {"time": changes[0]["time"], "what": "feature", "from": None, "to": "enabled"}
    assert changes[-1]["what"] == "staged" and changes[-1]["to"].startswith("disabled by ")


def test_watch_without_a_daemon(idle):
    result = idle.ctl("watch")
    assert result.returncode == 3 and "The daemon is not running" in result.stderr


def test_watch_ends_with_its_reader(agent):
    reader, writer = os.pipe()
    command = [programs.program("trctl"), "--socket", agent.socket, "watch"]
    with subprocess.Popen([str(part) for part in command], stdout=writer, env=programs.environment()) as process:
        os.close(writer)
        assert os.read(reader, 1000)
        os.close(reader)
        for enabled in (True, False, True):
            agent.call("Stage", {"enabled": enabled})
            agent.call("ClearStaged")
        assert process.wait(programs.DEADLINE) in (0, -signal.SIGPIPE)
