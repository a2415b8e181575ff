"""trctl(1) explains exactly the states and reasons of the interface, with the remedies of the programs."""

import json
import re

import pytest

from support import idl, manuals, programs

PAGE = manuals.read("trctl.1")
TABLE = (programs.ROOT / "src/common/reason.c").read_text()
INTERFACE = idl.Interface((programs.ROOT / "src/varlink/org.threatresponse.agent.varlink").read_text())


def remedies():
    """Returns (permanent, remedy) of each reason by the table of the programs."""
    rows = re.findall(r'\[REASON_(\w+)\] = \{ (true|false),\s*((?:"[^"]*"\s*)+)\}', TABLE)
    return {name.lower(): (final == "true", "".join(re.findall(r'"([^"]*)"', text))) for name, final, text in rows}


def listed():
    """Returns the items of the manual, each with its meaning and remedy."""
    found = {}
    for head, text in manuals.items(manuals.section(PAGE, "REASONS")):
        name, final = re.fullmatch(r"Cm (\w+)( Pq final)?", head).groups()
        assert name not in found
        found[name] = (final is not None, manuals.plain(text))
    return found


@pytest.mark.complaint("enrolment: the reason of a failure is explained nowhere")
def test_the_manual_the_interface_and_the_programs_have_the_same_reasons():
    assert list(listed()) == list(remedies()) == INTERFACE.types["Reason"]


@pytest.mark.parametrize("reason", INTERFACE.types["Reason"])
def test_meaning_and_remedy(reason):
    (final, text), (permanent, remedy) = listed()[reason], remedies()[reason]
    assert final == permanent
    assert text.endswith(" " + remedy)
    meaning = text[: -len(remedy) - 1]
    assert meaning.endswith(".") and len(meaning) > 15


@pytest.mark.parametrize(
    "words, reason", [(["renew"], "not_registered"), (["register"], "feature_disabled")], ids=["renew", "register"]
)
def test_what_trctl_prints_is_in_the_manual(agent, words, reason):
    # A disabled feature is named first in every remedy that needs the cloud.
    if reason != "feature_disabled":
        agent.enable()
    result = agent.ctl("--json", *words, input=agent.cloud.token() + "\n")
    error = json.loads(result.stdout)["error"]
    assert (error["reason"], result.stderr.splitlines()[-1]) == (reason, f"trctl: {error['remedy']}")
    assert listed()[reason][1].endswith(" " + error["remedy"])


def test_states_and_health():
    heads = [head for head, _ in manuals.items(manuals.section(PAGE, "STATES"))]
    assert heads == [f"Cm {name}" for name in [*INTERFACE.types["State"], *INTERFACE.types["Health"]]]
