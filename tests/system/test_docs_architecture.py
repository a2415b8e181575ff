"""docs/architecture.md: its folders, arrows, files and steps are those of the tree."""

import re

import pytest

from support import documents, programs

TEXT = documents.read("architecture.md")
LAYERS = re.search(r'^LAYERS = """\n(.*?)"""', (programs.ROOT / "tests/layers").read_text(), re.M | re.S)[1]
ROWS = {folder: names.split() for folder, names in re.findall(r"^(\S+):(.*)$", LAYERS, re.M)}


def test_every_folder_has_a_row():
    folders = re.findall(r"^\| `([\w/]+)` \|", documents.section(TEXT, "Folders"), re.M)
    assert sorted(folders) == sorted(folder if folder == "include" else f"src/{folder}" for folder in ROWS)


def arrows():
    """Yields the arrows of the second diagram, each as a pair of rows of the table."""
    (diagram,) = documents.blocks(documents.section(TEXT, "Folders"), "mermaid")
    rows = {"top": "daemon", "confine": "confine"}
    for line in re.findall(r"^ +(.* --> .*)$", diagram, re.M):
        names = [re.sub(r"\[.*\]", "", name).strip() for name in line.split("-->")]
        for user, used in zip(names, names[1:]):
            yield tuple(rows.get(name, f"daemon/{name}") for name in (user, used))


def test_arrows_are_allowed_and_complete():
    """Each arrow is an include that tests/layers allows, and the diagram has all that are direct."""
    drawn = set(arrows())
    for user, used in drawn:
        assert used in ROWS[user] or ("daemon/*" in ROWS[user] and used.startswith("daemon/")), (user, used)
    folders = {folder for pair in drawn for folder in pair}
    common = {"daemon/config", "daemon/state", "common"}
    assert folders == {row for row in ROWS if row.startswith("daemon")} - common | {"confine"}
    reached = {folder: {used for user, used in drawn if user == folder} for folder in folders}
    for _ in folders:
        for folder in folders:
            reached[folder] |= {further for used in reached[folder] for further in reached[used]}
    for folder in folders - {"daemon", "daemon/api"}:
        assert set(ROWS[folder]) & folders <= reached[folder], folder


def test_files_that_are_named_exist():
    named = set(re.findall(r"`((?:src/)?[\w-]+(?:/[\w-]+)*/[\w.-]+\.[ch]|tests/\w+|systemd/[\w.]+)`", TEXT))
    assert len(named) > 12
    for path in named:
        assert any((programs.ROOT / start / path).exists() for start in ("", "src/daemon", "src")), path


@pytest.mark.parametrize("operation", ["register", "deregister", "refresh", "renew"])
def test_steps_of_an_operation(operation):
    """In the order of the table; a step that is reached by a jump only is not in the row."""
    source = (programs.ROOT / "src/daemon/registration/steps.c").read_text()
    table = re.search(r"^static const struct step steps\[\] = \{\n(.*?)^\};", source, re.M | re.S)[1]
    rows = re.split(r"^    (?=\{ \")", table, flags=re.M)
    found = [re.match(r'\{ "([\w-]+)", OPERATION_(\w+), \{ "(\w+)"', row) for row in rows if row.strip()]
    steps = [
        (match[1], match[3])
        for match, row in zip(found, [row for row in rows if row.strip()])
        if match[2].lower() == operation and "only_by_jump" not in row
    ]
    line = re.search(rf"^\| {operation} \| (.*) \|$", TEXT, re.M)[1]
    assert re.findall(r"([\w-]+) \(`(\w+)`", line) == steps
