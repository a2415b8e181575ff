"""The manuals as text, with their sections, items and options."""

import re

from support import programs

MANUALS = programs.ROOT / "docs" / "man"
PAGES = sorted(MANUALS.glob("*.[1-8]"))


def read(name):
    return (MANUALS / name).read_text()


def section(page, title):
    """Returns the text below a heading; one of the first level includes its subsections."""
    level = re.search(rf"^\.S([hs]) {re.escape(title)}$", page, re.M)
    ends = "h" if level[1] == "h" else "hs"
    return re.match(rf"\n(.*?)(?=^\.S[{ends}] |\Z)", page[level.end() :], re.M | re.S)[1]


def items(text):
    """Returns the items of the lists of a text: pairs of the item's line, without the macro, and its text."""
    return re.findall(r"^\.It ([^\n]*)\n(.*?)(?=^\.(?:It|El|Bl|S[hs])\b)", text, re.M | re.S)


def plain(text):
    """Joins lines of text, without the escapes that keep a line from being a macro."""
    return " ".join(text.replace("\\&", "").split())


def options(head):
    """Returns the options of an item's line, as {"--wait": "optional"}; the kinds are none, optional and value."""
    found = re.findall(r"Fl (-?[\w-]+)( Ns Op = Ns Ar \w+| (?:Ar|Cm) \w+)?", head)
    return {f"-{name}": "optional" if "Op" in value else "value" if value else "none" for name, value in found}
