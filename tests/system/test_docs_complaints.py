"""docs/testing.md, "What users of such agents report": each complaint names tests, and they exist."""

import re

import documents
import programs

PART = documents.section(documents.read("testing.md"), "What users of such agents report")
ROWS = [row for row in re.findall(r"^\| ([^|]+) \| ([^|]+) \|$", PART, re.M) if row[0] not in ("complaint", "---")]


def exists(file, name):
    """A function of Python that is run as a test or as a step, or one of C that its main() runs."""
    paths = list((programs.ROOT / "tests").glob(f"*/{file}"))
    text = paths[0].read_text() if len(paths) == 1 else ""
    if file.endswith(".c"):
        return re.search(rf"^static void {name}\(", text, re.M) and re.search(rf"(TEST|cmocka_unit_test\w*)\({name}\b", text)
    return re.search(rf"^def {name}\(", text, re.M)


def test_every_complaint_has_a_test():
    assert len(ROWS) == len(re.findall(r"^\|", PART, re.M)) - 2 * len(re.findall(r"^\| --- ", PART, re.M))
    assert len({complaint for complaint, _ in ROWS}) == len(ROWS)
    for complaint, tests in ROWS:
        named = re.findall(r"`([\w.-]+)::(\w+)`", tests)
        assert named and len(named) == tests.count("`") // 2, complaint
        for file, name in named:
            assert exists(file, name), f"{complaint}: there is no {file}::{name}"


def test_a_test_that_is_not_there_is_found():
    assert exists("test_identity.py", "test_clone_of_a_registered_appliance")
    assert exists("test-retry.c", "test_cap")
    for file, name in [
        ("test_identity.py", "test_clone"),
        ("test_nothing.py", "test_clone_of_a_registered_appliance"),
        ("test-retry.c", "test_"),
        ("test-sequence.c", "set_up"),
    ]:
        assert not exists(file, name), f"{file}::{name}"
