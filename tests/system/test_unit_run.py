"""tests/unit/run: what it counts, and what a test that dies leaves behind."""

import os
import shutil

import pytest

from support import programs

PASSES = "echo '[  PASSED  ] 2 test(s).' >&2"


@pytest.fixture(name="unit")
def make_unit(tmp_path):
    """A build folder whose only unit test is a script; the runner is a copy, and so has no fuzzing corpora."""
    runner = tmp_path / "unit" / "run"
    runner.parent.mkdir()
    shutil.copy(programs.ROOT / "tests" / "unit" / "run", runner)
    test = tmp_path / "build" / "tests" / "common" / "test-script"
    test.parent.mkdir(parents=True)
    (tmp_path / "build" / "fuzz").mkdir()
    (tmp_path / "temporary").mkdir()

    def run(script):
        test.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        test.chmod(0o755)
        environment = programs.environment(TMPDIR=str(tmp_path / "temporary"))
        result = programs.run(runner, tmp_path / "build", env=environment)
        assert not os.listdir(tmp_path / "temporary")
        return result.returncode, result.stdout.splitlines()[-1]

    return run


@pytest.mark.parametrize(
    "script, code, counted",
    [
        (PASSES, 0, "2 passed, 0 failed"),
        (f"{PASSES}; echo '[  FAILED  ] 1 test(s)' >&2; exit 1", 1, "2 passed, 1 failed"),
        (f"{PASSES}; exit 23", 1, "2 passed, 1 failed"),  # as LeakSanitizer ends a program
        ("kill -9 $$", 1, "0 passed, 1 failed"),
        ("exit 0", 1, "0 passed, 1 failed"),
        ('mkdir "$TMPDIR/left" && touch "$TMPDIR/left/file" && kill -9 $$', 1, "0 passed, 1 failed"),
    ],
)
def test_what_is_counted(unit, script, code, counted):
    assert unit(script) == (code, f"cmocka: {counted} (fuzzing corpora: 0 files replayed)")
