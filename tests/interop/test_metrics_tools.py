"""The metrics, read by promtool and by Prometheus' client."""

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_prometheus

from support import programs


@pytest.fixture(name="busy")
def make_busy(ready):
    """An agent with a sample in every family."""
    assert ready.ctl("register", "--wait", input="x" * 20).returncode == 7
    ready.register()
    ready.error("Commit")
    return ready


def promtool(text):
    return programs.run("promtool", "check", "metrics", input=text, env=None)


def test_promtool(busy):
    result = promtool(busy.ctl("metrics").stdout)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    # promtool does find faults.
    assert promtool("threatresponse_up 1\n").returncode != 0


def test_promtool_without_a_daemon(idle):
    file = idle.folder / "x.prom"
    assert idle.ctl("metrics", "--output", file).returncode == 3
    assert promtool(file.read_text()).returncode == 0


def test_both_formats_say_the_same(busy):
    """The parsers of OpenMetrics and Prometheus read equal samples, except for the calls in between."""
    openmetrics = {one.name: one for one in parse_openmetrics(busy.ctl("metrics", "--openmetrics").stdout)}
    prometheus = {one.name: one for one in parse_prometheus(busy.ctl("metrics").stdout)}
    assert set(openmetrics) == set(prometheus)
    for name, family in openmetrics.items():
        other = prometheus[name]
        assert (family.type, family.documentation) == (other.type, other.documentation)
        if not name.startswith(("threatresponse_call", "threatresponse_connections")):
            assert [(one.name, one.labels, one.value) for one in family.samples] == [
                (one.name, one.labels, one.value) for one in other.samples
            ]
    assert openmetrics["threatresponse_calls"].type == "counter"
    assert openmetrics["threatresponse_call_duration_seconds"].type == "histogram"
