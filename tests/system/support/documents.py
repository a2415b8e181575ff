"""The examples in a document, as files."""

import re

from support.programs import ROOT


def read(name):
    return (ROOT / "docs" / name).read_text()


def section(text, title):
    """The text below a heading of the second level."""
    return re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", text, re.M | re.S).group(1)


def blocks(text, language):
    """The fenced blocks of a language, in order."""
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.M | re.S)
