"""The metrics, as the tools that read them elsewhere understand them."""

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_prometheus

from support import programs


@pytest.fixture(name="busy")
def make_busy(ready):
    """An agent that has something to tell in every family."""
    assert ready.ctl("register", "--wait", input="x" * 20).returncode == 7
    ready.register()
    ready.error("Commit")
    return ready


def promtool(text):
    return programs.run("promtool", "check", "metrics", input=text, env=None)


def test_promtool(busy):
    result = promtool(busy.ctl("metrics").stdout)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    # It would find something.
    assert promtool("threatresponse_up 1\n").returncode != 0


def test_promtool_without_a_daemon(idle):
    file = idle.folder / "x.prom"
    assert idle.ctl("metrics", "--output", file).returncode == 3
    assert promtool(file.read_text()).returncode == 0


def test_both_formats_say_the_same(busy):
    """By the strict parser of OpenMetrics and by that of Prometheus; the calls in between are the only difference."""
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
