"""The manuals as text, and what they consist of."""

import re

import programs

MANUALS = programs.ROOT / "docs" / "man"
PAGES = sorted(MANUALS.glob("*.[1-8]"))


def read(name):
    return (MANUALS / name).read_text()


def section(page, title):
    """What stands below a heading, .Sh or .Ss."""
    return re.search(rf"^\.S([hs]) {re.escape(title)}\n(.*?)(?=^\.Sh |\Z)", page, re.M | re.S)[2]


def items(text):
    """The lists of a text: pairs of an item's line, without the macro, and what is said of it."""
    return re.findall(r"^\.It ([^\n]*)\n(.*?)(?=^\.(?:It|El|Bl|S[hs])\b)", text, re.M | re.S)


def plain(text):
    """Lines of text as one; escapes that only keep a line from being a macro are gone."""
    return " ".join(text.replace("\\&", "").split())
