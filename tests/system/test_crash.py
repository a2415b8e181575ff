"""Crash safety: a sample of the campaign of "make check-crash", and the order of system calls that it relies on."""

import sys

import pytest

from support import programs

sys.path.insert(0, str(programs.ROOT / "tests" / "crash"))

import tracing  # noqa: E402  pylint: disable=wrong-import-position
from campaign import Campaign  # noqa: E402  pylint: disable=wrong-import-position

ROUNDS = 10


@pytest.mark.complaint("certificates: an interrupted renewal leaves neither the old pair nor the new one")
@pytest.mark.complaint("state: a power cut leaves an empty or half state, or the next start fails")
def test_a_sample_of_all_that_can_break(tmp_path):
    """Kills, a full disk and short writes, spread over a whole life: each time the appliance recovers."""
    campaign = Campaign(tmp_path)
    try:
        campaign.run(ROUNDS)
    finally:
        campaign.close()
    assert campaign.failures == []
    reached = {name: result.reached for name, result in campaign.results.items()}
    assert sum(result.tried for result in campaign.results.values()) == 4 * ROUNDS
    assert sum(reached.values()) > 3 * ROUNDS
    assert {name.partition(":")[0] for name in reached} == {"commit", "registration", "renewal", "deregistration"}
    assert reached["registration: daemon killed"] > 0 and reached["renewal: daemon killed"] > 0


GOOD = [
    ("unlinkat", "5"),
    ("write", "10"),
    ("write", "10"),
    ("fsync", "10"),
    ("linkat", "5"),
    ("renameat", "5"),
    ("fsync", "5"),
    ("unlinkat", "5"),
    ("sendto", "9"),
]


@pytest.mark.complaint("state: a save is not synced in the right order")
def test_the_order_of_a_save():
    assert tracing.check_order(GOOD) == 1
    assert tracing.check_order(GOOD * 3) == 3


@pytest.mark.parametrize(
    "wrong, words",
    [
        ([one for one in GOOD if one != ("fsync", "10")], "the file is not synced"),
        ([one for one in GOOD if one[0] != "linkat"], "no second name"),
        ([one for one in GOOD if one != ("fsync", "5")], "the directory is not synced"),
        (GOOD[:3] + [("fsync", "11")] + GOOD[4:], "not what was written"),
        (GOOD[:6] + [("sendto", "9")] + GOOD[6:], "the directory is not synced"),
        (GOOD[:4] + [("write", "10")] + GOOD[4:], "the file is not synced"),
        (GOOD[:6] + [("fsync", "6")] + GOOD[7:], "the directory is not synced"),
    ],
)
def test_a_wrong_order_is_found(wrong, words):
    with pytest.raises(AssertionError, match=words):
        tracing.check_order(wrong)
