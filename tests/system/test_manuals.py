"""The manuals: well formed, and they say what the programs do, no less and no more."""

import re
import subprocess

import programs
import pytest

MANUALS = programs.ROOT / "docs" / "man"
PAGES = sorted(MANUALS.glob("*.[1-8]"))
SCHEMA = (programs.ROOT / "src/daemon/config-schema.c").read_text()
CONFIGURATION = (MANUALS / "threatresponsed.conf.5").read_text()
OURS = {f"{page.stem} {page.suffix[1:]}" for page in PAGES}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_mandoc_finds_nothing(page):
    """But for manuals of others, which this machine may lack; a reference to one of ours has to have a page."""
    result = subprocess.run(["mandoc", "-Tlint", page], capture_output=True, text=True, check=False)
    found = []
    for line in (result.stdout + result.stderr).splitlines():
        reference = re.search(r"referenced manual not found: Xr (\S+ \d)", line)
        if not (reference or "outdated mandoc.db" in line):
            found.append(line)
    assert found == []
    references = set(re.findall(r"^\.Xr (\S+ \d)", page.read_text(), re.M))
    assert {one for one in references if re.match(r"(tr|threat|libthreat)", one)} <= OURS


def schema_keys():
    return re.findall(r'(?:TEXT|CONTENTS|NUMBER)\("(\w+\.\w+)"|\{ "(\w+\.\w+)", CONFIG_', SCHEMA)


def item(key):
    """What the manual says of a key."""
    return re.search(rf"^\.It Cm {re.escape(key)}\n(.*?)(?=^\.(?:It|El))", CONFIGURATION, re.M | re.S)[1]


def test_every_key_is_in_the_manual_and_no_other():
    keys = [first or second for first, second in schema_keys()]
    assert len(keys) > 50
    assert set(re.findall(r"^\.It Cm (\w+\.\w+)$", CONFIGURATION, re.M)) == set(keys)
    server = SCHEMA[SCHEMA.index("config_server_schema[]") :]
    members = re.findall(r'\{ "(\w+)", CONFIG_|NUMBER\("(\w+)"', server)
    assert re.findall(r"^\.It Cm (\w+)$", CONFIGURATION, re.M) == [first or second for first, second in members]


NUMBERS = re.findall(r'NUMBER\("(\w+\.\w+)", CONFIG_(\w+), \w+, ([\d.]+), ([\d.]+), ([\d. /]+)\)', SCHEMA)


@pytest.mark.parametrize("key, kind, least, most, default", NUMBERS, ids=[one[0] for one in NUMBERS])
def test_range_and_default_of_a_number(key, kind, least, most, default):
    text = item(key)
    if kind == "BOOL":
        assert f"Default: {'true' if default == '1' else 'false'}." in text
    elif kind == "MODE":
        assert f'"0" to "{most[1:]}"; default: "{default}".' in text
    else:
        value = "0.6667" if "/" in default else default
        assert f"{least} to {most}; default: {value}." in text
    assert ("Seconds" in text) == (kind == "DURATION")


TEXTS = re.findall(r'TEXT\("(\w+\.\w+)", \w+, (\d+), \w+,\s*(?:"[^"]*"|\w+),\s*"([^"]*)"\)', SCHEMA)


@pytest.mark.parametrize("key, most, default", TEXTS, ids=[one[0] for one in TEXTS])
def test_default_of_a_text(key, most, default):
    del most
    text = item(key).replace("\n", " ")
    assert f"Default: {default or 'empty'}." in text


def options_of(program):
    return set(re.findall(r"--([a-z][a-z-]+)", programs.run(programs.BUILD / program, "--help").stdout))


@pytest.mark.parametrize("program", ["threatresponsed", "threatresponse-worker"])
def test_options_of_the_programs(program):
    page = (MANUALS / f"{program}.8").read_text()
    assert set(re.findall(r"Fl -([a-z-]+)", page)) == options_of(program)
    assert set(re.findall(r"^\.It Fl -([a-z-]+)", page, re.M)) | {"config", "check-config"} >= options_of(program)


def test_every_verb_of_trctl_is_in_its_manual():
    usage = programs.run(programs.BUILD / "trctl", "help").stdout
    verbs = set(re.findall(r"^  ([a-z][a-z-]+)", usage, re.M))
    page = (MANUALS / "trctl.1").read_text()
    assert len(verbs) > 20
    assert verbs <= set(re.findall(r"^\.(?:It|Cm|Nm) (?:Cm )?([a-z][a-z-]+)", page, re.M))


def test_every_event_is_in_the_manual_and_in_the_catalog():
    events = dict(re.findall(r'\{ "(\w+)", "([0-9a-f]{32})"', (programs.ROOT / "src/daemon/event.c").read_text()))
    page = (MANUALS / "threatresponsed.8").read_text()
    assert len(events) == 9
    assert dict(re.findall(r"^\.It Cm (\w+)\n([0-9a-f]{32})$", page, re.M)) == events
    catalog = (programs.ROOT / "systemd/threatresponse.catalog").read_text()
    assert set(re.findall(r"^-- ([0-9a-f]{32})$", catalog, re.M)) == set(events.values())


def test_every_function_of_the_library_is_in_its_manual():
    exported = set(re.findall(r"^\s+(tr_\w+);", (programs.ROOT / "src/client/libthreatresponse.map").read_text(), re.M))
    page = (MANUALS / "libthreatresponse.3").read_text()
    functions = page[page.index(".Sh FUNCTIONS") : page.index(".Sh EXAMPLES")]
    assert set(re.findall(r"^\.Fn (tr_\w+)", functions, re.M)) == exported


def test_the_example_of_the_library_compiles_and_runs(agent, tmp_path):
    page = (MANUALS / "libthreatresponse.3").read_text()
    example = page[page.index(".Bd -literal\n") + len(".Bd -literal\n") : page.index("\n.Ed")].replace("\\e", "\\")
    source = tmp_path / "example.c"
    source.write_text(example.replace("TR_SOCKET_PATH", f'"{agent.socket}"') + "\n")
    library = programs.BUILD / "libthreatresponse.so.0"
    command = ["cc", "-Wall", "-Werror", f"-I{programs.ROOT}/include", source, library, "-o", tmp_path / "example"]
    # Under the sanitizers the library needs their runtime.
    sanitizers = re.search(r"-fsanitize=[a-z,]+", (programs.BUILD / "flags").read_text())
    subprocess.run(command + ([sanitizers[0]] if sanitizers else []), check=True)
    result = subprocess.run(
        [tmp_path / "example"], env={"LD_LIBRARY_PATH": str(programs.BUILD)}, capture_output=True, text=True, check=False
    )
    assert (result.stdout, result.stderr, result.returncode) == ("unregistered\n", "", 0)
