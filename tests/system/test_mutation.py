"""tests/mutation: what a test notices counts, what none notices is printed, and its tables are those of the tree."""

import re
import shutil
import sys

import pytest

from support import programs

MUTATION = programs.ROOT / "tests" / "mutation"
sys.path.insert(0, str(MUTATION))

from mutants import find_mutants  # pylint: disable=import-error,wrong-import-position
from mutation import FOLDERS, read_mutants  # pylint: disable=import-error,wrong-import-position
from related import Equivalents, Related  # pylint: disable=import-error,wrong-import-position

MAKEFILE = """
ALL := $(patsubst %.c,build/obj/%.o,$(wildcard src/common/*.c))
CFLAGS := $(if $(SANITIZE),-fsanitize=$(SANITIZE))
all: build/program
unit-tests: build/tests/common/test-sum
system-tests: all
build/program: $(ALL)
	$(CC) $(CFLAGS) -o $@ $^
build/tests/%: build/obj/tests/unit/%.o build/obj/src/common/sum.o
	mkdir -p $(@D) && $(CC) $(CFLAGS) -o $@ $^
build/obj/%.o: %.c
	mkdir -p $(@D) && $(CC) $(CFLAGS) -c -o $@ $<
"""
SUM = """
int sum(int a, int b)
{
    if (a > 99)
        return 99;
    return a + b;
}

int looked_at_by_none(int a)
{
    return a < 4711;
}

int the_same_anyway(int a)
{
    return a && a;
}
"""
MAIN = """
int sum(int a, int b);

int main(int argc, char **argv)
{
    (void)argv;
    return argc == 3 ? 33 : 0;
}
"""
UNIT_TEST = """
int sum(int a, int b);

int main(void)
{
    return sum(1, 2) != 3 || sum(99, 1) != 100 || sum(100, 1) != 99 || sum(98, 1) != 99;
}
"""
SYSTEM_TEST = """
import subprocess

def test_the_program():
    assert [subprocess.call(["build/program", *"abc"[:n]]) for n in range(4)] == [0, 0, 33, 0]
"""
EQUIVALENT = """
src/common/sum.c
    return a && a;
    return a || a;
    Both sides are the same.
"""


@pytest.fixture(name="project")
def make_project(tmp_path):
    """A project with one unit test and one system test, whose mutants can all be tried."""
    shutil.copytree(MUTATION, tmp_path / "tests" / "mutation")
    files = {
        "Makefile": MAKEFILE,
        "src/common/sum.c": SUM,
        "src/common/main.c": MAIN,
        "tests/unit/common/test-sum.c": UNIT_TEST,
        "tests/system/test_program.py": SYSTEM_TEST,
        "tests/mutation/related-tests": "common: program\n",
        "tests/mutation/equivalent-mutants": EQUIVALENT,
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def mutate(project, *options):
    script = project / "tests/mutation/mutation.py"
    result = programs.run(script, project / "build", "--folders", "common", *options, timeout=240)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout.splitlines()


def test_survivors_are_printed(project):
    lines = mutate(project, "--sample", "100")
    survivors = [line.split(": ", 3)[-1] for line in lines if line.startswith("SURVIVES")]
    assert sorted(survivors) == [
        f"`return a < 4711;` -> `return a {after};`" for after in ("< 4710", "< 4712", "<= 4711")
    ]
    noticed = [line for line in lines if re.match(r"tests/\S+: src/", line)]
    assert any(line.startswith("tests/common/test-sum: ") and "(!(a > 99))" in line for line in noticed)
    assert any(line.startswith("tests/system/test_program.py::") and "argc == 4" in line for line in noticed)
    total = len(noticed) + len(survivors)
    assert f"common: {len(noticed)} of {total} noticed ({100 * len(noticed) // total} %)" in lines


def test_a_seed_repeats_a_sample(project):
    first, second = (mutate(project, "--sample", "3", "--seed", "s", "--unit") for _ in range(2))
    assert len(first) >= 4
    assert sorted(first) == sorted(second)
    assert sorted(mutate(project, "--sample", "3", "--seed", "t", "--unit")) != sorted(first)


def test_an_entry_that_is_no_mutant_any_more_is_told(project):
    (project / "tests/mutation/equivalent-mutants").write_text(f"{EQUIVALENT}\nsrc/common/sum.c\na\nb\nNone.\n")
    lines = mutate(project, "--sample", "0")
    assert [line for line in lines if "no mutant any more" in line] == [
        "src/common/sum.c is listed as equivalent, and is no mutant any more: `a` -> `b`"
    ]


def test_a_test_that_fails_anyway_notices_nothing(project):
    (project / "tests/unit/common/test-sum.c").write_text("int main(void) { return 1; }\n", encoding="utf-8")
    lines = mutate(project, "--sample", "1", "--unit")
    assert "fails without a mutant, and is left out: tests/common/test-sum" in lines
    assert "common: 0 of 1 noticed (0 %)" in lines


@pytest.mark.parametrize(
    "line, changes",
    [
        ("    if (a && f(b))", ["if (!(a && f(b)))", "if (a || f(b))"]),
        ("    while (i <= 9)", ["while (!(i <= 9))", "while (i < 9)", "while (i <= 10)", "while (i <= 8)"]),
        ('    free(text); /* if (a < 2) "b < 3" */', ['(void)0; /* if (a < 2) "b < 3" */']),
        ("    a->b(c, d);", ["(void)0;"]),
        ("    return -EINVAL;", ["return 0;"]),
        ("    r = f(a);", []),
        ("    return 0;", []),
        ('    char text[160] = "5";', []),
        ("    x = list[0] + 1;", ["x = list[1] + 1;", "x = list[0] + 0;", "x = list[0] + 2;"]),
        ("    if (memcmp(a, b, n) != 0)", None),
        ("#if LIMIT > 3", []),
        ("    n = f(a->b < c ? a->b : c);", []),
        ("    if (a > b - c)\n        a = b - c;", ["if (!(a > b - c))"]),
    ],
)  # fmt: skip
def test_what_is_changed(line, changes):
    mutants = find_mutants("src/x.c", f"int f(int a)\n{{\n{line}\n}}\n")
    if changes is None:
        changes = ["if (!(memcmp(a, b, n) != 0))", "if (memcmp(a, b, n - 1) != 0)", "if (memcmp(a, b, n) == 0)"]
    assert [mutant.after for mutant in mutants] == changes


def test_the_tables_are_those_of_the_tree():
    related, mutants = Related(), []
    for folder in FOLDERS.split(","):
        mutants += read_mutants(programs.ROOT, folder)
    for tests in related.rows.values():
        for test in tests:
            assert (programs.ROOT / test).exists(), test
    for row in related.rows:
        assert (programs.ROOT / "src" / row).exists(), row
    assert all(related.of(mutant.file) for mutant in mutants)
    equivalents = Equivalents()
    assert all((programs.ROOT / file).exists() and reason for (file, _, _), reason in equivalents.reasons.items())
