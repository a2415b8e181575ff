"""A copy of the tree, in which one mutant after another is built and tested, under the sanitizers."""

import os
import re
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

UNIT_SECONDS, SYSTEM_SECONDS, BUILD_SECONDS = 300, 1200, 1800
# Without symbols, which take longer than all the rest.
MAKE = ["make", "-s", "-j2", "BUILD=build", "SANITIZE=address,undefined", "CFLAGS=-O1"]

NO_PROGRAM = "does not compile"
SAME_CODE = "makes the same code"


class Tree:
    """One copy of the tree."""

    sound, broken = set(), set()  # tests that pass and that fail without a mutant, of all copies

    def __init__(self, root, folder, related):
        self.root, self.folder, self.related = Path(root).resolve(), Path(folder).resolve(), related
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
        self.environment = {
            **kept,
            "BUILD": str(self.folder / "build"),
            "PYTHONDONTWRITEBYTECODE": "1",
            "UBSAN_OPTIONS": "halt_on_error=1",
        }

    def update(self):
        """Makes the copy like the tree. Unchanged files keep their time, and are not built again."""
        names = set()
        for folder, folders, files in os.walk(self.root):
            if Path(folder) == self.root:
                folders[:] = [name for name in folders if not name.startswith(("build", "."))]
            paths = [Path(folder, name) for name in files]
            names.update(str(path.relative_to(self.root)) for path in paths if path.is_file())
        for name in names:
            source, copy = self.root / name, self.folder / name
            if not copy.is_file() or copy.read_bytes() != source.read_bytes():
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(source, copy)
                # What the tests are linked with is looked up in them (symbols_of).
                if name.startswith(("tests/unit/", "tests/fuzz/")):
                    shutil.rmtree(self.folder / "build/tests", ignore_errors=True)
                    shutil.rmtree(self.folder / "build/fuzz", ignore_errors=True)
        for top in ("src", "include", "tests"):
            for copy in (self.folder / top).rglob("*"):
                if copy.is_file() and str(copy.relative_to(self.folder)) not in names:
                    copy.unlink()

    def run(self, command, seconds, **environment):
        """Runs a command; returns its exit code, None if its time is over, and its output. Whatever it started ends with it."""
        with tempfile.TemporaryFile("w+", errors="replace") as log:
            with subprocess.Popen(
                command,
                cwd=self.folder,
                env={**self.environment, **environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            ) as process:
                try:
                    code = process.wait(seconds)
                except subprocess.TimeoutExpired:
                    code = None
                finally:
                    try:
                        os.killpg(process.pid, signal.SIGKILL)
                    except ProcessLookupError:
                        pass
            log.seek(0)
            return code, log.read()

    def make(self, *targets):
        code, output = self.run([*MAKE, *targets], BUILD_SECONDS)
        if code != 0:
            raise SystemExit(f"The tree does not build:\n{output}")

    def judge(self, mutant, with_system_tests):
        """Returns NO_PROGRAM, SAME_CODE, the test that notices the mutant, or None if none does."""
        while True:
            result = self.try_mutant(mutant, with_system_tests)
            if result in (NO_PROGRAM, SAME_CODE, None) or self.is_sound(result):
                return result

    def is_sound(self, test):
        """Whether a test that has failed passes without a mutant. Each is tried once; one that fails is left out from then on."""
        if test not in self.sound and test not in self.broken:
            fails = self.fails(test)
            (self.broken if fails else self.sound).add(test)
            if fails:
                print(f"fails without a mutant, and is left out: {test}", flush=True)
        return test in self.sound

    def try_mutant(self, mutant, with_system_tests):
        source = self.folder / mutant.file
        made = self.folder / "build/obj" / mutant.file.replace(".c", ".o")
        self.make(made.relative_to(self.folder))
        text, times, code = source.read_text(encoding="utf-8"), source.stat(), made.read_bytes()
        try:
            source.write_text(mutant.apply(text), encoding="utf-8")
            if self.run([*MAKE, made.relative_to(self.folder)], BUILD_SECONDS)[0]:
                return NO_PROGRAM
            if made.read_bytes() == code:
                return SAME_CODE
            return self.find_test(mutant.file, self.symbols_of(made), with_system_tests)
        finally:
            source.write_text(text, encoding="utf-8")
            os.utime(source, ns=(times.st_atime_ns, times.st_mtime_ns))
            made.write_bytes(code)

    def symbols_of(self, path):
        """The names that an object defines for others, or all that a program defines: there, hidden ones are local."""
        output = subprocess.run(["nm", "--defined-only", path], check=True, capture_output=True, text=True).stdout
        return set(re.findall(r" [A-Z] (\S+)$" if path.suffix == ".o" else r" [A-Za-z] (\S+)$", output, re.M))

    def find_test(self, file, symbols, with_system_tests):
        """The first test that fails: of the unit, of its folder, of its program, and of the whole system."""
        seen = set()
        for tests in self.unit_tests(file):
            new = [test for test in tests if test not in seen]
            seen.update(new)
            failed = self.run_unit_tests(new, symbols)
            if failed:
                return failed
        return self.run_system_tests(self.related.of(file)) if with_system_tests else None

    def unit_tests(self, file):
        """Yields the unit tests of a file, those that are nearest first."""
        below = Path(file).relative_to("src")
        units = self.folder / "tests/unit"
        yield sorted((units / below.parent).glob(f"test-{below.stem}*.c"))
        yield sorted((units / below.parent).glob("test-*.c"))
        for folder in [below.parts[0], *(["agreement"] if below.parts[0] in ("daemon", "worker") else [])]:
            yield sorted((units / folder).rglob("test-*.c"))
            yield sorted((self.folder / "tests/fuzz" / folder).glob("fuzz-*.c"))

    def fails(self, test):
        """Whether a test that has noticed a mutant fails now."""
        if test.startswith("tests/system/"):
            return self.run_system_tests([test]) is not None
        folder, name = test.split("/", 1)
        return self.run_unit_tests([self.folder / "tests" / folder.replace("tests", "unit") / f"{name}.c"]) is not None

    def run_unit_tests(self, sources, symbols=None):
        """Runs unit tests up to the first that fails, which it returns; of symbols only those that have one of them: the
        others were linked without the object."""
        names = [source.relative_to(self.folder / "tests").with_suffix("") for source in sources]
        programs = [Path("build", *["tests" if part == "unit" else part for part in name.parts]) for name in names]
        if symbols:
            paths = [(program, self.folder / program) for program in programs]
            programs = [program for program, path in paths if not path.exists() or symbols & self.symbols_of(path)]
        if not programs:
            return None
        self.make(*programs)
        for program in programs:
            if str(program.relative_to("build")) in self.broken:
                continue
            corpus = self.folder / "tests/fuzz/corpus" / program.name.removeprefix("fuzz-")
            files = sorted(corpus.iterdir()) if "fuzz" in program.parts else []
            with tempfile.TemporaryDirectory() as folder:
                if self.run([program, *files], UNIT_SECONDS, TMPDIR=folder)[0] != 0:
                    return str(program.relative_to("build"))
        return None

    def run_system_tests(self, tests):
        """Runs system tests up to the first that fails twice, which it returns: on a busy machine one may fail by itself."""
        self.make("system-tests")
        passed = list(self.broken)
        while failed := self.run_pytest(*tests, *[f"--deselect={test}" for test in passed]):
            if failed in tests or self.run_pytest(failed):
                return failed.partition("[")[0]
            passed.append(failed)
        return None

    def run_pytest(self, *arguments):
        """Returns the first test that fails, the first argument if they do not end, or None."""
        command = ["/usr/bin/python3", "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-n", "2", *arguments]
        code, output = self.run(command, SYSTEM_SECONDS)
        failed = re.search(r"^(?:FAILED|ERROR) (.+?)(?: - .*)?$", output, re.M)
        if code is None:
            return arguments[0]
        if code != 0 and not failed:
            raise SystemExit(f"The system tests can't be run:\n{output}")
        return failed[1] if code != 0 else None
