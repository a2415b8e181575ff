"""docs/testing.md, "What users of such agents report": each complaint names tests, and they exist."""

import re

from support import documents, named_tests

PART = documents.section(documents.read("testing.md"), "What users of such agents report")
ROWS = [row for row in re.findall(r"^\| ([^|]+) \| ([^|]+) \|$", PART, re.M) if row[0] not in ("complaint", "---")]


def test_every_complaint_has_a_test():
    assert len(ROWS) == len(re.findall(r"^\|", PART, re.M)) - 2 * len(re.findall(r"^\| --- ", PART, re.M))
    assert len({complaint for complaint, _ in ROWS}) == len(ROWS)
    for complaint, tests in ROWS:
        named_tests.check_row(complaint, tests)


def test_a_test_that_is_not_there_is_found():
    assert named_tests.exists("test_identity.py", "test_clone_of_a_registered_appliance")
    assert named_tests.exists("test-retry.c", "test_cap")
    for file, name in [
        ("test_identity.py", "test_clone"),
        ("test_nothing.py", "test_clone_of_a_registered_appliance"),
        ("test-retry.c", "test_"),
        ("test-registration-steps.c", "set_up"),
    ]:
        assert not named_tests.exists(file, name), f"{file}::{name}"
