"""The system tests of a source's folder, and its mutants without an observable effect."""

from pathlib import Path

HERE = Path(__file__).resolve().parent


def read_blocks(path):
    """The blocks of lines between empty lines, without comments."""
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return [block.strip("\n").splitlines() for block in "\n".join(lines).split("\n\n") if block.strip()]


class Related:
    """The table of system tests: a line for each folder or file of src, the most exact one counts."""

    def __init__(self, path=HERE / "related-tests"):
        self.rows = {}
        for block in read_blocks(path):
            for line in block:
                place, _, tests = line.partition(":")
                self.rows[place.strip()] = [f"tests/system/test_{name}.py" for name in tests.split()]

    def of(self, file):
        place = Path(file).relative_to("src")
        return next(self.rows[str(row)] for row in [place, *place.parents] if str(row) in self.rows)


class Equivalents:
    """The file of equivalent mutants: blocks of the file, the line before, the line after, and the reason."""

    def __init__(self, path=HERE / "equivalent-mutants"):
        self.reasons = {}
        for file, before, after, *reason in read_blocks(path):
            self.reasons[file.strip(), before.strip(), after.strip()] = " ".join(" ".join(reason).split())

    def has(self, mutant):
        return (mutant.file, mutant.before, mutant.after) in self.reasons

    def unknown(self, mutants):
        """The entries that are no mutants of the tree (any more)."""
        known = {(mutant.file, mutant.before, mutant.after) for mutant in mutants}
        return [entry for entry in self.reasons if entry not in known]
