"""docs/api.md has every method and error of the interface as it is, and its examples work."""

import json
import os
import re
import subprocess
import sys

import pytest

from support import documents, programs
from support.wire import AGENT, CASEBOOK, SERVICE, SOURCES

TEXT = documents.read("api.md")
SOURCE = "".join((SOURCES / f"{interface.name}.varlink").read_text() for interface in (AGENT, CASEBOOK))
METHODS = {name: whole for whole, name in re.findall(r"^### `((\w+)\(.*)`$", TEXT, re.M)}


def possible_errors(method):
    """The names of the errors of a method, and the reasons of Refused."""
    part = re.search(rf"^### `{method}\(.*?(?=^##)", TEXT, re.M | re.S).group(0)
    line = " ".join(re.search(r"^Possible errors: (.*?)\n\n", part, re.M | re.S).group(1).split())
    reasons = re.search(r"`Refused` \(([^)]*)\)", line)
    names = re.findall(r"`([\w.]+)`", re.sub(r"\([^)]*\)", "", line))
    return [name for name in names if name != "more"], re.findall(r"`(\w+)`", reasons.group(1)) if reasons else []


def test_every_method_as_in_the_interface():
    assert list(METHODS) == [*AGENT.methods, *CASEBOOK.methods]
    for name, whole in METHODS.items():
        assert f"\nmethod {whole}\n" in SOURCE, name


def test_every_error_with_its_parameters():
    rows = re.findall(r"^\| `(\w+)` \| ([^|]*)\|", documents.section(TEXT, "Errors"), re.M)
    assert {name: re.findall(r"`(\w+)`", told) for name, told in rows} == {
        name: list(parameters) for name, parameters in AGENT.errors.items()
    }


@pytest.mark.parametrize("method", list(METHODS))
def test_possible_errors_exist(method):
    names, reasons = possible_errors(method)
    for name in names:
        interface, _, short = name.rpartition(".")
        assert short in (SERVICE if interface else AGENT).errors
    assert set(reasons) <= set(AGENT.types["Reason"])
    assert ("Refused" in names) == bool(reasons)


def test_every_error_is_possible_somewhere():
    assert {name for method in METHODS for name in possible_errors(method)[0]} >= set(AGENT.errors)


def test_who_may_write(idle):
    """Exactly the methods marked "write" are refused to a user who may only read."""
    idle.start()
    call = {"Register": {"token": "x" * 20}}
    for method in AGENT.methods:
        part = re.search(rf"^### `{method}\(.*?(?=^##)", TEXT, re.M | re.S).group(0)
        assert ("*write.*" in part) == ("PermissionDenied" in possible_errors(method)[0]), method
        if os.geteuid() != 0:
            continue
        with idle.connect(65534) as connection:
            connection.send(
                json.dumps({"method": f"{AGENT.name}.{method}", "parameters": call.get(method, {}), "more": True}).encode()
                + b"\0"
            )
            denied = connection.receive().get("error") == f"{AGENT.name}.PermissionDenied"
        assert denied == ("*write.*" in part), method


# The examples


@pytest.fixture(name="trctl_path")
def make_trctl_path(tmp_path, agent):
    """A PATH on which trctl speaks to the agent under test."""
    (tmp_path / "bin").mkdir()
    script = tmp_path / "bin" / "trctl"
    script.write_text(f'#!/bin/sh\nexec {programs.program("trctl")} --socket {agent.socket} "$@"\n')
    script.chmod(0o755)
    return f"{tmp_path}/bin:/usr/bin:/bin"


def test_shell(agent, trctl_path):
    (script,) = documents.blocks(documents.section(TEXT, "Shell"), "sh")
    result = programs.run("sh", "-c", script, env=programs.environment(PATH=trctl_path))
    assert result.returncode == 0
    assert '"state":"unregistered"' in result.stdout and result.stdout.endswith("exit code 1\n")
    status = agent.status()
    assert (status["enabled"], status["server"]["label"], status["revision"]) == (True, "EUROPE", 1)
    assert agent.call("ListCommits")["commits"][0]["comment"] == "joined by a script"
    assert result.stderr.startswith('trctl: No server has the number, label or name "MARS".')


def watch(agent, *command, ready):
    """Runs a program that watches, commits once it is ready, and returns all its lines."""
    process = subprocess.Popen(
        [*map(str, command), str(agent.socket)], stdout=subprocess.PIPE, text=True, env=programs.environment()
    )
    try:
        lines = [process.stdout.readline()]
        while not ready(lines[-1]):
            assert lines[-1]
            lines.append(process.stdout.readline())
        agent.enable()
        rest, _ = process.communicate(timeout=programs.DEADLINE)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 0
    return [*lines, *rest.splitlines(keepends=True)]


def test_python(agent, tmp_path):
    (source,) = documents.blocks(documents.section(TEXT, "Python"), "python")
    (tmp_path / "example.py").write_text(source)
    lines = watch(agent, sys.executable, "-I", tmp_path / "example.py", ready=lambda line: "revision 0" in line)
    assert lines[:3] == [
        "['APJC', 'EUROPE', 'AMERICAS']\n",
        "org.threatresponse.agent.UnknownServer {'server': 'MARS'}\n",
        "unregistered revision 0\n",
    ]
    assert lines[-1] == "unregistered revision 1\n"


def sanitizer():
    """Returns the sanitizer's options of the library's build: a program that uses the library needs them, too."""
    return re.findall(r"-fsanitize=[\w,]+", (programs.BUILD / "flags").read_text())[:1]


def compile_example(tmp_path, number):
    """Compiles an example as the document says, but with the library of this build."""
    part = documents.section(TEXT, "C")
    (tmp_path / "example.c").write_text(documents.blocks(part, "c")[number])
    (tmp_path / "threatresponse.pc").write_text(
        re.sub(
            r"(?m)^(includedir|libdir)=.*$",
            lambda match: f"{match.group(1)}={programs.ROOT / 'include' if match.group(1) == 'includedir' else tmp_path}",
            (programs.BUILD / "threatresponse.pc").read_text(),
        )
    )
    for name in ("libthreatresponse.so", "libthreatresponse.so.0"):
        (tmp_path / name).symlink_to(programs.BUILD / "libthreatresponse.so.0")
    (command,) = documents.blocks(part, "sh")
    flags = " ".join(["-Wall", "-Wextra", "-Werror", *sanitizer()])
    result = programs.run(
        "sh",
        "-c",
        command.replace("cc ", f"cc {flags} ").replace("$(", "-Wl,-rpath,. $(", 1),
        cwd=tmp_path,
        env=programs.environment(PKG_CONFIG_PATH=str(tmp_path)),
    )
    assert (result.returncode, result.stderr) == (0, "")
    return tmp_path / "example"


def test_c_that_waits(agent, tmp_path, monkeypatch):
    example = compile_example(tmp_path, 0)
    monkeypatch.chdir(tmp_path)
    lines = watch(agent, example, ready=lambda line: "revision 0" in line)
    assert lines[0] == "unregistered, health none, revision 0\n"
    assert lines[-1] == "unregistered, health none, revision 1\n"
    result = programs.run(example, tmp_path / "absent", cwd=tmp_path)
    assert (result.returncode, result.stdout) == (3, "")
    assert result.stderr.startswith(f"The daemon is not running: there is no socket {tmp_path}/absent. Start it")


def test_c_with_a_loop(agent, tmp_path):
    result = programs.run(compile_example(tmp_path, 1), agent.socket, cwd=tmp_path)
    assert (result.returncode, result.stderr) == (0, "")
    stage, mars, cancel = result.stdout.splitlines()
    assert json.loads(stage.removeprefix("Stage: "))["staged"]["server"] == "EUROPE"
    assert mars == 'Stage: No server has the number, label or name "MARS".'
    assert cancel == "Cancel: There is nothing to cancel: the appliance is unregistered."
    absent = programs.run(tmp_path / "example", tmp_path / "absent", cwd=tmp_path)
    assert absent.returncode == 0 and absent.stderr.count("The daemon is not running") == 3


# The library


def test_symbols():
    """The library exports exactly the functions that the header declares, with a version."""
    header = (programs.ROOT / "include" / "threatresponse.h").read_text()
    declared = set(re.findall(r"^(?:[\w ]+[ *])?(tr_\w+)\(", re.sub(r"/\*.*?\*/", "", header, flags=re.S), re.M))
    lines = programs.run("nm", "-D", "--defined-only", programs.BUILD / "libthreatresponse.so.0").stdout.splitlines()
    exported = {line.split()[2] for line in lines if line.split()[1] == "T"}
    assert exported == {f"{name}@@LIBTHREATRESPONSE_0" for name in declared}
    assert len(declared) > 20
