"""The manuals are well formed, and have exactly what the programs have."""

import re
import subprocess

import pytest

from support import manuals, programs
from support.manuals import MANUALS, PAGES

OURS = {f"{page.stem} {page.suffix[1:]}" for page in PAGES}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_mandoc_finds_nothing(page):
    """References to foreign manuals may miss here; a reference to one of ours must have a page."""
    result = subprocess.run(["mandoc", "-Tlint", page], capture_output=True, text=True, check=False)
    found = []
    for line in (result.stdout + result.stderr).splitlines():
        reference = re.search(r"referenced manual not found: Xr (\S+ \d)", line)
        if not (reference or "outdated mandoc.db" in line):
            found.append(line)
    assert found == []
    references = set(re.findall(r"^\.Xr (\S+ \d)", page.read_text(), re.M))
    assert {one for one in references if re.match(r"(tr|threat|libthreat)", one)} <= OURS


# Variables that libsystemd reads for the daemon.
BY_SYSTEMD = {"LISTEN_FDS", "LISTEN_FDNAMES", "NOTIFY_SOCKET", "WATCHDOG_USEC"}


@pytest.mark.parametrize(
    "name, folders, more",
    [
        ("threatresponsed.8", ["daemon", "common"], BY_SYSTEMD),
        ("threatresponse-worker.8", ["worker", "common"], set()),
        ("trctl.1", ["ctl", "client"], set()),
    ],
)
def test_every_variable_of_the_environment_is_in_the_manual_and_no_other(name, folders, more):
    sources = [path for folder in folders for path in (programs.ROOT / "src" / folder).rglob("*.c")]
    asked = set(more)
    for path in sources:
        asked |= set(re.findall(r'getenv\("(\w+)"\)', path.read_text()))
    lines = re.findall(r"^\.It Ev (.*)", manuals.section(manuals.read(name), "ENVIRONMENT"), re.M)
    assert {variable for line in lines for variable in line.split(" , ")} == asked


def test_every_event_is_in_the_manual_and_in_the_catalog():
    events = dict(re.findall(r'\{ "(\w+)", "([0-9a-f]{32})"', (programs.ROOT / "src/daemon/core/event.c").read_text()))
    page = (MANUALS / "threatresponsed.8").read_text()
    assert len(events) == 10
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
