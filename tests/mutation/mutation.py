#!/usr/bin/python3
"""Changes the sources in a copy, one small mutation at a time, and prints which of them no test notices.

tests/mutation/mutation.py BUILD [--sample N] [--seed S] [--folders common,daemon/state] [--unit]
"""

import argparse
import os
import random
import sys
import threading
from collections import Counter
from pathlib import Path

from mutants import find_mutants
from related import Equivalents, Related
from tree import NO_PROGRAM, SAME_CODE, Tree

FOLDERS = "daemon,worker,common,client"


class Sample:
    """The mutants of one folder, in the order of the seed: as many as are wanted, of those that make another program."""

    def __init__(self, folder, mutants, wanted):
        self.folder, self.mutants, self.wanted = folder, mutants, wanted
        self.results = []

    def take(self):
        if not self.wanted or not self.mutants:
            return None
        self.wanted -= 1
        return self.mutants.pop()

    def keep(self, mutant, result):
        if result in (NO_PROGRAM, SAME_CODE):
            self.wanted += 1
        else:
            self.results.append((mutant, result))

    def survivors(self):
        return [mutant for mutant, result in self.results if result is None]

    def __str__(self):
        noticed, of = len(self.results) - len(self.survivors()), len(self.results)
        return f"{self.folder}: {noticed} of {of} noticed ({100 * noticed // of if of else 0} %)"


class Run:
    """Several trees that take mutants from the samples until there are no more."""

    def __init__(self, samples, trees, with_system_tests):
        self.samples, self.trees, self.with_system_tests = samples, trees, with_system_tests
        self.lock = threading.Lock()
        self.failure = None

    def work(self, tree):
        try:
            while not self.failure:
                with self.lock:
                    taken = next(((s, mutant) for s in self.samples if (mutant := s.take())), None)
                if not taken:
                    return
                sample, mutant = taken
                result = tree.judge(mutant, self.with_system_tests)
                with self.lock:
                    sample.keep(mutant, result)
                    print(f"{result or 'SURVIVES'}: {mutant}", flush=True)
        except (Exception, SystemExit) as failure:  # pylint: disable=broad-exception-caught
            self.failure = failure

    def finish(self):
        threads = [threading.Thread(target=self.work, args=(tree,)) for tree in self.trees]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if self.failure:
            raise self.failure


def read_mutants(root, folder):
    mutants = []
    for path in sorted((root / "src" / folder).rglob("*.c")):
        mutants += find_mutants(str(path.relative_to(root)), path.read_text(encoding="utf-8"))
    return mutants


def make_samples(root, folders, size, seed):
    """A sample for each folder, all of them together as large as wanted."""
    equivalents, samples = Equivalents(), []
    found = {folder: read_mutants(root, folder) for folder in folders}
    for file, before, after in equivalents.unknown([mutant for mutants in found.values() for mutant in mutants]):
        if any(Path(file).is_relative_to(f"src/{folder}") for folder in folders):
            print(f"{file} is listed as equivalent, and is no mutant any more: `{before}` -> `{after}`")
    for n, folder in enumerate(folders):
        mutants = [mutant for mutant in found[folder] if not equivalents.has(mutant)]
        random.Random(f"{seed} {folder}").shuffle(mutants)
        samples.append(Sample(folder, mutants, size // len(folders) + (n < size % len(folders))))
    return samples


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("--sample", type=int, default=120)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--folders", default=FOLDERS)
    parser.add_argument("--unit", action="store_true", help="runs no system tests")
    options = parser.parse_args()
    os.nice(19)
    root = Path(__file__).resolve().parents[2]
    trees = [Tree(root, Path(options.build, "mutation", str(n)), Related()) for n in range(2)]
    for tree in trees:
        tree.update()
    samples = make_samples(trees[0].folder, options.folders.split(","), options.sample, options.seed)
    Run(samples, trees, not options.unit).finish()
    for sample in samples:
        print(sample)
        for mutant in sample.survivors():
            print(f"  {mutant}")


if __name__ == "__main__":
    sys.exit(main())
