"""The systemd units: their directives, and the exposure by systemd-analyze."""

import configparser
import re

import pytest

from support.programs import ROOT, run

UNITS = ROOT / "systemd"
DAEMON = "threatresponsed.service"
WORKER = "threatresponsed-worker@.service"
ALL = [DAEMON, WORKER, "threatresponsed.socket", "threatresponsed-worker.socket"]


def unit(name):
    parser = configparser.RawConfigParser(strict=False, interpolation=None)
    parser.optionxform = str
    parser.read_string((UNITS / name).read_text())
    return {f"{section}.{key}": value for section in parser.sections() for key, value in parser[section].items()}


@pytest.mark.parametrize("name, most", [(DAEMON, 1.0), (WORKER, 1.5)])
def test_exposure(name, most, record_property):
    result = run("systemd-analyze", "security", "--offline=yes", "--no-pager", str(UNITS / name))
    score = re.search(r"Overall exposure level for .*: ([0-9.]+) ", result.stdout)
    assert score, result.stdout + result.stderr
    record_property("measured", f"{name}: exposure {score[1]} (at most {most})")
    assert float(score[1]) <= most
    assert result.stderr == "", "systemd does not know a directive"


@pytest.mark.complaint("system: the boot waits for the network")
@pytest.mark.parametrize("name", ALL)
def test_nothing_waits_for_the_network_or_holds_a_secret(name):
    text = (UNITS / name).read_text()
    assert "network-online" not in text
    assert re.findall(r"^Environment=(.*)", text, re.M) in ([], ["GLIBC_TUNABLES=glibc.malloc.tcache_count=0"])


@pytest.mark.complaint("system: stopping takes half a minute")
def test_daemon():
    has = unit(DAEMON)
    wanted = {
        "Type": "notify", "User": "threatresponsed", "ReadWritePaths": "-/var/lib/threatresponsed -/var/lib/threatresponsed.mark", "PrivateNetwork": "yes",
        "RestrictAddressFamilies": "AF_UNIX", "ReadOnlyPaths": "/run", "Restart": "on-failure", "ExecReload": "/usr/bin/trctl reload",
        "WatchdogSec": "60", "TimeoutStopSec": "10", "CapabilityBoundingSet": "", "NoNewPrivileges": "yes",
        "LogRateLimitIntervalSec": "0",
    }
    assert {key: has.get(f"Service.{key}") for key in wanted} == wanted
    assert "Service.PrivateUsers" not in has, "every caller would be uid 65534"
    assert "Service.ProtectHostname" not in has, "a new host name would not be seen"
    assert "Service.RestartPreventExitStatus" not in has and has["Unit.StartLimitIntervalSec"] == "0", "it gives up"
    assert "Service.StateDirectory" not in has, "systemd refuses a link there"


def test_optional_credentials_are_no_condition_of_the_start():
    """A LoadCredential= whose file is missing is one, unless there is a value that stands in for it."""
    text = (UNITS / DAEMON).read_text()
    loaded = re.findall(r"^LoadCredential=([^:\n]*)$", text, re.M)
    assert loaded == ["threatresponse.token", "threatresponse.proxy-password"]
    assert re.findall(r"^SetCredential=([^:]*):\\n$", text, re.M) == loaded


def test_worker():
    has = unit(WORKER)
    wanted = {
        "DynamicUser": "yes", "ProtectSystem": "strict", "MemoryMax": "128M", "TasksMax": "16", "RuntimeMaxSec": "1h",
        "SocketBindDeny": "any", "IPAddressDeny": "localhost link-local multicast", "TemporaryFileSystem": "/run:ro",
    }
    assert {key: has.get(f"Service.{key}") for key in wanted} == wanted
    denied = re.search(r"^SystemCallFilter=~(.*)", (UNITS / WORKER).read_text(), re.M)[1].split()
    assert {"accept", "accept4", "listen", "ptrace", "process_vm_readv", "process_vm_writev"} <= set(denied)
    assert has["Unit.CollectMode"] == "inactive-or-failed"
    assert not [key for key in has if re.search(r"(State|Cache|Logs|Runtime)Directory|ReadWritePaths", key)]


@pytest.mark.parametrize("name", [DAEMON, WORKER])
def test_both_are_confined(name):
    has = unit(name)
    wanted = {
        "CapabilityBoundingSet": "", "AmbientCapabilities": "", "NoNewPrivileges": "yes", "PrivateDevices": "yes",
        "DevicePolicy": "closed", "ProtectSystem": "strict", "ProtectHome": "yes", "PrivateTmp": "yes",
        "PrivateMounts": "yes", "LimitMEMLOCK": "infinity", "MemorySwapMax": "0",
        "RestrictNamespaces": "yes", "RestrictSUIDSGID": "yes", "MemoryDenyWriteExecute": "yes", "LimitCORE": "0",
        "SystemCallArchitectures": "native", "SystemCallErrorNumber": "EPERM",
    }
    assert {key: has.get(f"Service.{key}") for key in wanted} == wanted
    filters = re.findall(r"^SystemCallFilter=(.*)", (UNITS / name).read_text(), re.M)
    assert filters[0].split()[0] == "@system-service" and any(line.startswith("~@privileged @resources") for line in filters)
    # Folders that are writable for all.
    hidden = " ".join(re.findall(r"^InaccessiblePaths=(.*)", (UNITS / name).read_text(), re.M)).split()
    assert {"/tmp", "/var/tmp", "/dev/shm", "-/dev/mqueue"} <= set(hidden)


def test_sockets():
    daemon, worker = unit("threatresponsed.socket"), unit("threatresponsed-worker.socket")
    assert daemon["Socket.FileDescriptorName"] == worker["Socket.FileDescriptorName"] == "varlink"
    assert daemon["Socket.Symlinks"] == "/run/varlink/registry/org.threatresponse.agent"
    assert (worker["Socket.SocketMode"], worker["Socket.SocketUser"]) == ("0600", "threatresponsed")
    assert worker["Socket.Accept"] == daemon["Socket.RemoveOnStop"] == worker["Socket.RemoveOnStop"] == "yes"
    assert f"--worker unix:{worker['Socket.ListenStream']}" in unit(DAEMON)["Service.ExecStart"]


def test_changelog_has_the_version_of_the_programs():
    version = re.search(r'TR_VERSION "(.*)"', (ROOT / "src/common/version.h").read_text())[1]
    first = (ROOT / "debian/changelog").read_text().splitlines()[0]
    assert first.startswith(f"threatresponsed ({version}) ")
