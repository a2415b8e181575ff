"""The agent's configuration file: the one that the sandbox wrote, with keys added or replaced."""

import re

# Short intervals, so that no test waits: production has minutes and hours.
QUICK = {
    "timing.backoff_initial": 0.02,
    "timing.backoff_cap": 0.1,
    "timing.attempts_per_hour": 1000000,
    "identity.name": "gateway.example.com",
    "identity.version": "13.6.1",
}


def value_text(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return "( " + ", ".join(value_text(element) for element in value) + " )"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return repr(value)

# Parts of its error texts: the groups of the file, and a text value.
GROUPS = "servers, settings, registration, est, identity, network, sse, timing, api, log, worker, cluster"
TEXT = "UTF-8 text without control characters of at most"


class Configuration:
    """Keys as "group.key"; write() makes the file."""

    def __init__(self, path, base):
        self.path = path
        self.keys = dict(QUICK)
        self.base = base

    def text(self):
        text = self.base
        for name, value in self.keys.items():
            text = replace_key(text, *name.split("."), value_text(value))
        return text

    def write(self, **keys):
        """Writes the file; keys are given as group__key."""
        self.keys.update({name.replace("__", "."): value for name, value in keys.items()})
        self.path.write_text(self.text())


def replace_key(text, group, key, value):
    body = re.search(rf"^{group} = \{{(.*?)\}};", text, re.M | re.S)
    if not body:
        return text + f"\n{group} = {{\n  {key} = {value};\n}};\n"
    start, end = body.span(1)
    inner = re.sub(rf"(?m)(?:^|(?<=[\s])){key} = (?:\([^)]*\)|[^;]*);", "", body.group(1))
    return text[:start] + inner.rstrip() + f"\n  {key} = {value};\n" + text[end:]
