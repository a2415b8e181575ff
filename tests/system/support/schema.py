"""The table of configuration keys (src/daemon/config/key-table.c), read as text and compared with the documents."""

import re
from dataclasses import dataclass

from support import programs

SOURCE = (programs.ROOT / "src/daemon/config/key-table.c").read_text()
VALUES = (programs.ROOT / "src/daemon/config/value.c").read_text()
LEVELS = (programs.ROOT / "src/common/log.c").read_text()
NAMES = {
    name: text
    for header in (programs.BUILD / "generated/varlink").glob("*.h")
    for name, text in re.findall(r"#define (\w+_NAMES) (.*)", header.read_text())
}

MACROS = {
    "TEXT": lambda path, member, most, check, allow, value: (path, "CONFIG_STRING", 0, most, "NULL", value),
    "CONTENTS": lambda path, member, most: (path, "CONFIG_CONTENTS", 0, most, "NULL", "NULL"),
    "NUMBER": lambda path, kind, member, least, most, value: (path, kind, least, most, "NULL", value),
}


@dataclass
class Key:
    """least and most are numbers or lengths, as the source has them; a default of None: there is none."""

    path: str
    kind: str
    least: str
    most: str
    choices: list
    default: object


def arguments(text):
    """Splits a row at the commas outside of strings and parentheses."""
    tokens = re.findall(r'"(?:[^"\\]|\\.)*"|\([^()]*\)|,|[^",()]+', text)
    parts = [""]
    for token in tokens:
        if token == ",":
            parts.append("")
        else:
            parts[-1] += token
    return [part.strip() for part in parts]


def names(table, text):
    """Returns the strings of an array, those of the interface descriptions included (NAMES)."""
    entries = re.search(rf"{table}\[\w*\] = \{{([^}}]*)\}}", text)[1]
    return re.findall(r'"(\w+)"', re.sub(r"\w+_NAMES", lambda macro: NAMES[macro[0]], entries))


def default_of(kind, choices, value):
    if kind == "CONFIG_LEVEL":
        return value.removeprefix("LOG_").lower()
    if kind == "CONFIG_BOOL":
        return value == "1"
    if kind == "CONFIG_MODE":
        return value
    if kind in ("CONFIG_INT", "CONFIG_DURATION", "CONFIG_FRACTION"):
        numerator, _, denominator = value.partition("/")
        return round(float(numerator) / float(denominator or 1), 4)
    if kind == "CONFIG_STRINGS":
        return []
    if kind == "CONFIG_CHOICE" and value == "NULL":
        return None
    return "" if value == "NULL" else value.strip('"')


def key_of(macro, row):
    parts = arguments(row)
    if macro:
        path, kind, least, most, table, value = MACROS[macro](*parts)
    else:
        path, kind, _, least, most, table, _, _, _, fallback, number = parts
        value = number if kind == "CONFIG_LEVEL" else fallback
    choices = [] if table == "NULL" else names(table, LEVELS if table == "log_level_names" else SOURCE)
    return Key(path.strip('"'), kind, least, most, choices, default_of(kind, choices, value))


def table_of(name):
    body = re.search(rf"{name}\[\] = \{{\n(.*?)\n    \{{ 0 \}},\n\}};", SOURCE, re.M | re.S)[1]
    rows = re.findall(r"^    (?:(\w+)\((.*?)\)|\{ (.*?) \}),$", body, re.M | re.S)
    # A row that is not understood must not be missing unseen.
    assert len(rows) == len(re.findall(r"^    \S", body, re.M)), f"rows of {name} that are not understood"
    return [key_of(macro, inner or outer) for macro, inner, outer in rows]


KEYS = table_of("config_schema")
SERVER_KEYS = table_of("config_region_schema")
SERVERS = [
    {"label": label, "fqdn": fqdn, "supported": supported == "true"}
    for label, fqdn, supported in re.findall(r'\{ \(char \*\)"([^"]+)", \(char \*\)"([^"]+)", (true|false) \}', SOURCE)
]
LIST_TEXT_MAX = re.search(r"LIST_TEXT_MAX = (\d+)", VALUES)[1]
