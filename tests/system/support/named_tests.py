"""Tests that documents name as `FILE::FUNCTION`."""

import re

from support import programs


def exists(file, name):
    """Whether a file of this name has this test: a function of Python, or one of C that its main() runs."""
    return any(defines(path, name) for path in (programs.ROOT / "tests").rglob(file))


def defines(path, name):
    text = path.read_text()
    if path.suffix == ".c":
        return re.search(rf"^static void {name}\(", text, re.M) and re.search(rf"(TEST|cmocka_unit_test\w*)\({name}\b", text)
    return re.search(rf"^def {name}\(", text, re.M)


def check_row(what, tests):
    """A row of a table names at least one test and nothing else in code marks; each test exists."""
    named = re.findall(r"`([\w.-]+)::(\w+)`", tests)
    assert named and len(named) == tests.count("`") // 2, what
    for file, name in named:
        assert exists(file, name), f"{what}: there is no {file}::{name}"
