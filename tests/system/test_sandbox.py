"""The sandbox's faults on the command line, and its manual page."""

import json
import re

import pytest

from support import programs

SANDBOX = "trsandbox"
PRESETS = ["digest-pop", "foundriesio", "globalsign", "libest"]


def sandbox(*arguments):
    return programs.run(programs.program(SANDBOX), *arguments)


def faults(cloud):
    return json.loads(cloud.portal("fault", "list", "--json"))


def test_set_list_clear(cloud):
    cloud.fault("est", "headers", "created,chunked")
    cloud.fault("simpleenroll", "status", 503, "--times", 2, "--retry-after", "7")
    assert cloud.portal("fault", "list").splitlines() == [
        "est headers created,chunked",
        'simpleenroll status 503 --retry-after "7" --times 2',
    ]
    cloud.fault("est", "headers", "lower-case")
    assert [fault["value"] for fault in faults(cloud)] == ["503", "lower-case"]
    cloud.clear("est")
    assert [fault["endpoint"] for fault in faults(cloud)] == ["simpleenroll"]
    cloud.clear()
    assert faults(cloud) == []


@pytest.mark.parametrize("preset", PRESETS)
def test_preset(cloud, preset):
    cloud.portal("fault", "preset", preset)
    at_run_time = faults(cloud)
    assert len(at_run_time) >= 4
    cloud.clear()
    cloud.restart("--est-like", preset)
    assert faults(cloud) == at_run_time


@pytest.mark.complaint("commands: wrong usage prints an error and exits with 0")
@pytest.mark.parametrize(
    "arguments, message",
    [
        (("set", "nowhere", "drop"), "there is no endpoint nowhere"),
        (("set", "est", "nothing"), "there is no kind of fault nothing"),
        (("set", "est", "headers"), "this kind of fault needs a value"),
        (("set", "est", "headers", "created;chunked"), "must be some of its words with commas between"),
        (("set", "est", "encoding", "pem,der"), "the value must be one of its words"),
        (("set", "all", "encoding", "pem"), "can be set on calls of EST only"),
        (("set", "est", "client", "single"), "can be set on tls only"),
        (("set", "tls", "encoding", "pem"), "cannot be set on tls"),
        (("set", "est", "pop", "600"), "must be an HTTP status from 200 to 599"),
        (("preset", "nothing"), "there is no preset nothing"),
        (("preset",), "cannot understand: fault preset"),
        (("clear", "nowhere"), "there is no endpoint nowhere"),
    ],
)
def test_mistakes(cloud, arguments, message):
    result = sandbox("fault", "--directory", cloud.directory, *arguments)
    assert result.returncode == 2
    assert message in result.stderr
    assert faults(cloud) == []


def test_unknown_preset_at_the_start(tmp_path):
    result = sandbox("--directory", tmp_path / "cloud", "--est-like", "nothing")
    assert (result.returncode, result.stdout) == (2, "")
    assert 'not "nothing"' in result.stderr
    assert not (tmp_path / "cloud").exists()


# The manual page


def rendered_names():
    """Returns the words in the lists of the manual page, by kind."""
    page = (programs.ROOT / "docs" / "man" / "trsandbox.1").read_text()
    kinds = page.partition(".Ss Kinds")[2].partition(".Ss Presets")[0]
    return re.findall(r"^\.It Cm (\S+)", kinds, re.M)


def test_manual_page_has_each_kind_and_word():
    usage = sandbox("fault", "--help").stdout
    kinds = usage.partition("KIND:\n")[2].partition("preset NAME:\n")[0]
    assert rendered_names() == re.findall(r"^ +(\S+)", kinds, re.M)


def test_manual_page_has_each_preset():
    page = (programs.ROOT / "docs" / "man" / "trsandbox.1").read_text()
    presets = page.partition(".Ss Presets")[2].partition(".Sh")[0]
    assert sorted(re.findall(r"^\.It Cm (\S+)", presets, re.M)) == PRESETS


def test_manual_page_has_each_endpoint():
    page = (programs.ROOT / "docs" / "man" / "trsandbox.1").read_text()
    text = page.partition(".Ss Endpoints")[2].partition(".Ss Kinds")[0]
    usage = sandbox("fault", "--help").stdout.partition("ENDPOINT: ")[2].partition("KIND:")[0]
    for endpoint in usage.split():
        assert endpoint.partition(":")[0] in text.split()
