"""threatresponsed.conf(5) and etc/threatresponsed.conf have every key of the schema, as it is, and no other."""

import re

import pytest

from support import manuals, programs, schema

PAGE = manuals.read("threatresponsed.conf.5")
KEYS = {key.path: key for key in schema.KEYS}
SERVER_KEYS = {key.path: key for key in schema.SERVER_KEYS}
ITEMS = dict(manuals.items(manuals.section(PAGE, "KEYS")))
EXAMPLE = (programs.ROOT / "etc" / "threatresponsed.conf").read_text()


def number(value):
    return f"{value:g}" if value < 1000 else str(int(value))


def statements(key):
    """Returns the statements of limits and default that the manual must have for a key."""
    if key.kind in ("CONFIG_CHOICE", "CONFIG_LEVEL"):
        default = "no default" if key.default is None else f"default: {key.default}"
        return [f"One of {', '.join(key.choices)}; {default}."]
    if key.kind == "CONFIG_BOOL":
        return [f"Default: {'true' if key.default else 'false'}."]
    if key.kind == "CONFIG_MODE":
        return [f'"{key.least}" to "{key.most[1:]}"; default: "{key.default}".']
    if key.kind in ("CONFIG_INT", "CONFIG_DURATION", "CONFIG_FRACTION"):
        return [f"{key.least} to {key.most}; default: {number(key.default)}."]
    if key.kind == "CONFIG_STRINGS":
        return [f"At most {key.most}, of at most {schema.LIST_TEXT_MAX} bytes each.", "Default: empty."]
    return [f"At most {key.most} bytes.", f"Default: {key.default or 'empty'}."]


def test_every_key_is_in_the_manual_and_no_other():
    assert len(KEYS) > 50
    assert list(ITEMS) == [f"Cm {path}" for path in [*SERVER_KEYS, *KEYS]]


@pytest.mark.parametrize("path", KEYS)
def test_limits_and_default(path):
    key, text = KEYS[path], manuals.plain(ITEMS[f"Cm {path}"])
    for statement in statements(key):
        assert statement in text
    assert ("Seconds, " in text) == (key.kind == "CONFIG_DURATION")
    assert len(re.findall(r"\b[Dd]efault\b", text)) == 1


@pytest.mark.parametrize("path", SERVER_KEYS)
def test_limits_of_a_server(path):
    """Label and fqdn are required and have no default."""
    key, text = SERVER_KEYS[path], manuals.plain(ITEMS[f"Cm {path}"])
    expected = statements(key)[0] if key.kind == "CONFIG_BOOL" else f"{key.least} to {key.most} bytes."
    assert expected in text
    assert ("efault" in text) == (key.kind == "CONFIG_BOOL")


def test_default_servers():
    text = manuals.plain(manuals.section(PAGE, "servers"))
    listed = re.findall(r"(\w+) \(([\w.-]+)(, not supported)?\)", text[text.index("The default has") :])
    assert [
        {"label": label, "fqdn": fqdn, "supported": not unsupported} for label, fqdn, unsupported in listed
    ] == schema.SERVERS


def uncommented():
    """The example with its keys in force. A comment of words has a blank behind its sign, a key does not."""
    return re.sub(r"^#(?=[^ \n]| {2})", "", EXAMPLE, flags=re.M)


def values_of(text):
    """The values of a group's body."""
    values = {}
    for name, value in re.findall(r'(\w+) = ("[^"]*"|\([^()]*\)|[^;]*);', text):
        if value.startswith('"'):
            values[name] = value.strip('"')
        elif value.startswith("("):
            values[name] = re.findall(r'"([^"]*)"', value)
        else:
            values[name] = value == "true" if value in ("true", "false") else float(value)
    return values


def test_the_example_is_taken_with_and_without_its_keys(tmp_path):
    for text in (EXAMPLE, uncommented()):
        path = tmp_path / "threatresponsed.conf"
        path.write_text(text)
        result = programs.run(programs.program("threatresponsed"), "--config", path, "--check-config")
        assert result.returncode == 0
        assert ("found no settings: the defaults hold" in result.stderr) == (text == EXAMPLE)
        assert result.stderr.count("\n") == (text == EXAMPLE)


def test_the_example_has_every_key_with_its_default():
    groups = dict(re.findall(r"^(\w+) = \{(.*?)\};$", uncommented(), re.M | re.S))
    shown = {f"{group}.{name}": value for group, body in groups.items() for name, value in values_of(body).items()}
    # Without the key there is no cluster, so there is no default to show.
    assert shown.pop("cluster.mode") == KEYS["cluster.mode"].choices[0]
    assert shown == {path: key.default for path, key in KEYS.items() if path != "cluster.mode"}
    servers = re.search(r"^servers = \((.*?)^\);", uncommented(), re.M | re.S)[1]
    assert [values_of(body) for body in re.findall(r"\{(.*?)\}", servers)] == schema.SERVERS
