"""HACKING.md: each recipe names the files where its example is found, all of them, and its paths exist."""

import re

import pytest

from support import programs

TEXT = (programs.ROOT / "HACKING.md").read_text()
RECIPES = {
    title: body for title, body in re.findall(r"^### (.*?)\n(.*?)(?=^##)", TEXT, re.M | re.S) if "\nExample: " in "\n" + body
}


def places(body):
    """Returns the numbered items of a recipe as pairs of path and word."""
    items = re.findall(r"^(\d+)\. `([\w./-]+)` \(`([^`]+)`\):", body, re.M)
    assert [int(number) for number, _, _ in items] == list(range(1, len(re.findall(r"^\d+\. ", body, re.M)) + 1))
    return [(path, word) for _, path, word in items]


def example(body):
    return re.search(r"^Example: `([^`]+)`", body, re.M)[1]


def holds(path, word):
    return re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", path.read_text(encoding="utf-8"))


def test_recipes_of_the_usual_changes():
    for subject in ("varlink method", "verb", "step", "configuration key", "event", "fault"):
        assert sum(subject in title for title in RECIPES) == 1, subject


@pytest.mark.parametrize("title", RECIPES)
def test_the_example_is_in_every_file_of_its_recipe(title):
    """The name itself is in one of them at least: the others hold what belongs to it."""
    listed = places(RECIPES[title])
    assert len(listed) >= 4
    for path, word in listed:
        assert holds(programs.ROOT / path, word), f"{path} has no {word}"
    assert any(example(RECIPES[title]) in word for _, word in listed)


@pytest.mark.parametrize("title", RECIPES)
def test_a_recipe_forgets_no_file(title):
    """Each source and manual of the programs concerned that has the example's name is in the list."""
    name, listed = example(RECIPES[title]), {path for path, _ in places(RECIPES[title])}
    folders = {"/".join(path.split("/")[:2]) for path in listed if path.startswith(("src/", "docs/man/", "systemd/"))}
    for folder in folders:
        for path in (programs.ROOT / folder).rglob("*"):
            relative = str(path.relative_to(programs.ROOT))
            assert path.is_dir() or relative in listed or not holds(path, name), f"{relative} has {name}"


def test_paths_that_are_named_exist():
    named = set(re.findall(r"`((?:src|tests|docs|etc|systemd|include|\.ci)/[\w./-]+)`", TEXT))
    named |= set(re.findall(r"\]\(([\w./-]+)(?:#[\w-]+)?\)", TEXT))
    assert len(named) > 40
    for path in named:
        assert (programs.ROOT / path).exists(), path


def test_links_inside_the_page_lead_somewhere():
    headings = {re.sub(r"[^\w -]", "", title).replace(" ", "-").lower() for title in re.findall(r"^#+ (.*)$", TEXT, re.M)}
    assert set(re.findall(r"\]\(#([\w-]+)\)", TEXT)) <= headings
