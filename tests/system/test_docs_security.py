"""docs/security.md: each row of its tables names the tests that prove it, and they exist."""

import re

import pytest

from support import documents, named_tests, programs

TEXT = documents.read("security.md")


def rows(title):
    """Returns the first and the last cell of each row."""
    lines = re.findall(r"^\| (.*) \|$", documents.section(TEXT, title), re.M)
    cells = [re.split(r" ?\| ", line) for line in lines]
    assert cells[0][-1] == "shown by" and set(cells[1]) == {"---"}
    assert len({len(row) for row in cells}) == 1
    return [(row[0], row[-1]) for row in cells[2:]]


@pytest.mark.parametrize("title, least", [("Who can do what", 7), ("What each process can reach", 6)])
def test_every_row_is_shown_by_tests(title, least):
    assert len(rows(title)) >= least
    for what, tests in rows(title):
        named_tests.check_row(what, tests)


def test_files_that_are_named_exist():
    named = re.findall(r"`((?:tests|systemd|debian|docs)/[\w./@-]+)`", TEXT)
    assert named
    for path in named:
        assert (programs.ROOT / path).exists(), path
