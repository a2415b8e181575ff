"""The manuals as text, and what they consist of."""

import re

from support import programs

MANUALS = programs.ROOT / "docs" / "man"
PAGES = sorted(MANUALS.glob("*.[1-8]"))


def read(name):
    return (MANUALS / name).read_text()


def section(page, title):
    """What stands below a heading; below one of the first level with the parts that have headings of their own."""
    level = re.search(rf"^\.S([hs]) {re.escape(title)}$", page, re.M)
    ends = "h" if level[1] == "h" else "hs"
    return re.match(rf"\n(.*?)(?=^\.S[{ends}] |\Z)", page[level.end() :], re.M | re.S)[1]


def items(text):
    """The lists of a text: pairs of an item's line, without the macro, and what is said of it."""
    return re.findall(r"^\.It ([^\n]*)\n(.*?)(?=^\.(?:It|El|Bl|S[hs])\b)", text, re.M | re.S)


def plain(text):
    """Lines of text as one; escapes that only keep a line from being a macro are gone."""
    return " ".join(text.replace("\\&", "").split())


def options(head):
    """Those in an item's line, as {"--wait": "optional"}: none, a value that may be left out, or one that may not."""
    found = re.findall(r"Fl (-?[\w-]+)( Ns Op = Ns Ar \w+| (?:Ar|Cm) \w+)?", head)
    return {f"-{name}": "optional" if "Op" in value else "value" if value else "none" for name, value in found}
