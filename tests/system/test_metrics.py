"""Metrics: the numbers of a collector agree with the events."""

import contextlib
import os
import re
import stat

import pytest

from support import programs, wire

ROOT = os.geteuid() == 0
OTHER = 65534

SAMPLE = re.compile(r"^([a-z_]+)(?:\{(.*)\})? (\S+)$")
LABEL = re.compile(r'([a-z]+)="([^"\\]*)"')


def parse(text):
    """Returns (name without prefix, labels) -> value. Each sample must belong to a family that was declared before."""
    samples, families = {}, {}
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split()
            assert name not in families, f"{name} is declared twice"
            families[name] = kind
        elif not line.startswith("#"):
            name, labels, value = SAMPLE.match(line).groups()
            family = re.sub(r"_(bucket|sum|count)$", "", name)
            assert name in families or families.get(family) == "histogram", line
            key = (name.removeprefix("threatresponse_"), tuple(sorted(LABEL.findall(labels or ""))))
            assert key not in samples, line
            samples[key] = float(value)
    return samples


def scrape(agent):
    return parse(agent.ctl("metrics").stdout)


def of(samples, name, **labels):
    return samples.get((name, tuple(sorted(labels.items()))))


def present(samples, name, label):
    """Returns the label of a set whose sample is 1."""
    found = [labels[0][1] for (one, labels), value in samples.items() if one == name and value == 1]
    assert len(found) <= 1 and label
    return found[0] if found else None


def test_of_a_registration(ready, cloud):
    before = scrape(ready)
    assert present(before, "registration_state", "state") == "unregistered"
    assert present(before, "registration_health", "health") is None
    assert of(before, "certificate_expiry_timestamp_seconds") is None
    assert (of(before, "up"), of(before, "enabled"), of(before, "settings_revision")) == (1, 1, 1)

    assert ready.ctl("register", "--wait", input="x" * 20).returncode == 7
    registration = ready.register()
    after = scrape(ready)
    assert present(after, "registration_state", "state") == "registered"
    assert present(after, "registration_health", "health") == "ok"
    certificate = registration["certificate"]
    assert of(after, "certificate_expiry_timestamp_seconds") == certificate["notAfter"]
    assert of(after, "certificate_renewal_timestamp_seconds") == certificate["nextRenewal"]
    assert of(after, "last_success_timestamp_seconds") == registration["lastSuccess"]
    assert of(after, "operations_completed_total", operation="register") == 1
    assert of(after, "attempts_failed_total", operation="register", reason="token_rejected") == 1

    cloud.fault("simplereenroll", "status", 503)
    ready.call("Renew")
    ready.wait_failure("server_error")
    samples = scrape(ready)
    assert of(samples, "attempts_failed_total", operation="renew", reason="server_error") >= 1
    assert of(samples, "consecutive_failures") >= 1
    cloud.clear()
    programs.until(lambda: of(scrape(ready), "operations_completed_total", operation="renew") == 1, "a renewal")
    # A restart keeps the state and resets the counters.
    ready.restart()
    samples = scrape(ready)
    assert present(samples, "registration_state", "state") == "registered"
    assert of(samples, "operations_completed_total", operation="register") == 0
    assert of(samples, "start_time_seconds") >= of(after, "start_time_seconds")


def test_names_are_those_of_the_interface(agent):
    samples = scrape(agent)
    for name, label, type_ in (("registration_state", "state", "State"), ("registration_health", "health", "Health")):
        assert {labels[0] for one, labels in samples if one == name} == {
            (label, value) for value in wire.AGENT.types[type_]
        }
    assert {dict(labels)["method"] for one, labels in samples if one == "calls_total"} == {
        *wire.AGENT.methods,
        *wire.CASEBOOK.methods,
        "other",
    }


def test_calls(agent):
    with agent.connect() as connection:
        for _ in range(5):
            connection.call("GetStatus")
        for _ in range(2):
            connection.send(wire.encode(f"{wire.AGENT.name}.GetStatus", {"x": 1}))
            connection.receive()
        connection.call("org.varlink.service.GetInfo")
        connection.send(wire.encode("a.b.C"))
        connection.receive()
        with agent.connect() as watcher:
            next(watcher.stream("GetStatus"))
            agent.error("Commit")
            agent.error("Cancel")
            agent.error("Renew")
            samples = scrape(agent)

    def calls(method, result):
        return of(samples, "calls_total", method=method, result=result)

    # The fixture asks once, too.
    assert calls("GetStatus", "ok") == 6
    assert (calls("GetStatus", "invalid_parameter"), calls("GetStatus", "stream")) == (2, 1)
    assert (calls("other", "ok"), calls("other", "not_found")) == (1, 1)
    assert (calls("Commit", "error"), calls("Cancel", "error"), calls("Renew", "refused")) == (1, 1, 1)
    assert (calls("Register", "ok"), calls("Register", "refused")) == (0, None)
    assert of(samples, "watchers") == 1
    assert of(samples, "open_connections") == 3
    buckets = [
        value
        for (name, labels), value in samples.items()
        if name == "call_duration_seconds_bucket" and ("method", "GetStatus") in labels
    ]
    assert buckets == sorted(buckets) and buckets[-1] == 8
    assert of(samples, "call_duration_seconds_count", method="GetStatus") == 8
    assert of(samples, "call_duration_seconds_sum", method="GetStatus") > 0


def test_connections(idle):
    """A user beyond his limit is refused; an administrator takes the place of his own oldest connection."""
    idle.config.write(api__max_connections_per_uid=2)
    idle.start()
    before = scrape(idle)
    with contextlib.ExitStack() as stack:
        for uid, results in [(OTHER, ("accepted", "accepted", "refused"))] * ROOT + [(None, ("accepted",) * 3)]:
            for result in results:
                connection = stack.enter_context(idle.connect(uid))
                if result == "refused":
                    assert connection.receive()["parameters"]["reason"] == "busy"
                else:
                    connection.call("GetStatus")
        reply = connection.call("GetMetrics", {"format": "prometheus"})
    after = parse(reply["metrics"])

    def grown(result):
        return of(after, "connections_total", result=result) - of(before, "connections_total", result=result)

    assert (grown("accepted"), grown("refused"), grown("evicted")) == (3 + 2 * ROOT, ROOT, 1)


def test_formats(agent):
    openmetrics = agent.call("GetMetrics")["metrics"]
    assert openmetrics.endswith("\n# EOF\n")
    assert "# TYPE threatresponse_calls counter\n" in openmetrics
    assert agent.call("GetMetrics", {"format": "openmetrics"})["metrics"].endswith("\n# EOF\n")
    prometheus = agent.call("GetMetrics", {"format": "prometheus"})["metrics"]
    assert "# EOF" not in prometheus and "# TYPE threatresponse_calls_total counter\n" in prometheus
    assert agent.ctl("metrics", "--openmetrics").stdout.endswith("\n# EOF\n")
    assert agent.error("GetMetrics", {"format": "xml"}) == ("InvalidParameter", {"parameter": "format"})


def test_file_of_a_collector(agent):
    """The file is replaced at once, readable for all, and says when there is no daemon; no other file is left."""
    folder = agent.folder / "collector"
    folder.mkdir()
    file = folder / "threatresponse.prom"
    assert agent.ctl("metrics", "--output", file).returncode == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o644
    assert of(parse(file.read_text()), "up") == 1
    assert agent.stop() == 0
    result = agent.ctl("metrics", "--output", file)
    assert result.returncode == 3 and "The daemon is not running" in result.stderr
    assert parse(file.read_text()) == {("up", ()): 0}
    assert agent.ctl("metrics", "--openmetrics", "--output", file).returncode == 3
    assert file.read_text().endswith("threatresponse_up 0\n# EOF\n")
    assert os.listdir(folder) == [file.name]
    agent.start()


@pytest.mark.parametrize("arguments, code", [(["--output", "/nonexistent/x"], 1), (["--json", "--output", "x"], 2)])
def test_what_can_not_be_written(agent, arguments, code):
    result = agent.ctl("metrics", *arguments)
    assert result.returncode == code
    if code == 1:
        assert result.stderr == "trctl: Can't write /nonexistent/x: No such file or directory.\n"


def test_pipelined_calls_are_all_timed(agent):
    """Calls that come together in any order have as many times as answers."""
    methods = ["GetStatus"] * 40 + ["ListServers", "Nothing", "GetStatus", "GetStatus", "Nothing"] * 10
    before = scrape(agent)
    with agent.connect() as connection:
        connection.send(b"".join(wire.encode(f"{wire.AGENT.name}.{method}") for method in methods))
        for _ in methods:
            connection.receive()
    after = scrape(agent)
    for method, calls in (("GetStatus", 60), ("ListServers", 10), ("other", 20)):
        for name in ("call_duration_seconds_count", "calls_total"):
            result = {"result": "not_found" if method == "other" else "ok"} if name == "calls_total" else {}
            labels = {"method": method, **result}
            assert of(after, name, **labels) - (of(before, name, **labels) or 0) == calls, (name, method)
