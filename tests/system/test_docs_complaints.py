"""docs/complaints.md is what tests/complaints prints, and each test that it names is run."""

import re

import pytest

from support import named_tests, programs

SCRIPT = programs.ROOT / "tests" / "complaints"
PAGE = (programs.ROOT / "docs" / "complaints.md").read_text()


def test_the_page_is_up_to_date():
    result = programs.run(SCRIPT)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == PAGE, 'run "make complaints"'


def test_every_mark_is_on_the_page():
    marks = set()
    for path in (programs.ROOT / "tests").rglob("*.[cp]*"):
        if path.suffix in (".c", ".py") and path.name != "test_docs_complaints.py":
            marks |= set(re.findall(r'complaint\("\w+: ([^"]+)"\)', path.read_text()))
    assert marks == set(re.findall(r"^- (.*)$", PAGE, re.M))


def test_every_test_of_the_page_is_run():
    named = re.findall(r"^  - `([\w./-]+)::(\w+)`$", PAGE, re.M)
    assert len(named) == PAGE.count("::")
    for file, name in named:
        assert named_tests.defines(programs.ROOT / "tests" / file, name), f"{file}::{name}"


def test_marks_in_each_language(tmp_path):
    (tmp_path / "unit").mkdir()
    (tmp_path / "test_a.py").write_text(
        '@pytest.mark.complaint("retry: it waits")\n@pytest.mark.parametrize("x", [1])\ndef test_one(x):\n    pass\n'
    )
    (tmp_path / "unit/test-b.c").write_text('/* complaint("retry: it waits") */\nstatic void test_two(void **state)\n')
    (tmp_path / "steps.py").write_text('# complaint("system: it hangs")\ndef stopped(machine):\n    pass\n')
    printed = programs.run(SCRIPT, tmp_path).stdout
    assert printed.partition("\n## ")[2].splitlines() == [
        "Retry",
        "",
        "- it waits",
        "  - `test_a.py::test_one`",
        "  - `unit/test-b.c::test_two`",
        "",
        "## systemd, packaging and upgrade",
        "",
        "- it hangs",
        "  - `steps.py::stopped`",
    ]


@pytest.mark.parametrize(
    "text, told",
    [
        ('# complaint("nonsense: it waits")\ndef test_one():\n', 'there is no area "nonsense"'),
        ('# complaint("retry: it waits")\nVALUE = 1\n', 'no function follows the complaint "it waits"'),
    ],
)
def test_a_mark_that_says_nothing(tmp_path, text, told):
    (tmp_path / "test_a.py").write_text(text)
    result = programs.run(SCRIPT, tmp_path)
    assert result.returncode == 1
    assert told in result.stderr


def test_only_functions_that_are_run_are_tests(tmp_path):
    python = programs.ROOT / "tests/system/test_identity.py"
    assert named_tests.defines(python, "test_clone_of_a_registered_appliance")
    assert not named_tests.defines(python, "test_clone")
    source = tmp_path / "test-a.c"
    source.write_text("static void test_one(void **state)\nstatic void test_two(void **state)\nTEST(test_one),\n")
    assert named_tests.defines(source, "test_one")
    assert not named_tests.defines(source, "test_")
    assert not named_tests.defines(source, "test_two")
    assert named_tests.exists("test-retry.c", "test_herd")
    assert not named_tests.exists("test_nothing.py", "test_clone_of_a_registered_appliance")
