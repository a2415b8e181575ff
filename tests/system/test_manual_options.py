"""Verbs and options: the manuals, the usage texts, the completion and the programs have the same ones."""

import re

import pytest

from support import manuals, programs
from support.console import LINKS
from support.usage import commands, complete, usages, verbs

TRCTL = manuals.read("trctl.1")
TRSANDBOX = manuals.read("trsandbox.1")
# Options that every verb of trctl takes; the console prints no JSON.
COMMON = ["--socket", "--json", "--help"]


def usage_options(text):
    """Returns the options of a usage line, in the form of manuals.options."""
    found = re.findall(r"(?<![\w-])(--?[a-z][a-z-]*)(\[=[A-Z]+\]| (?:[A-Z]+|[a-z]+\|)[^\s\]]*)?", text)
    return {name: "optional" if "=" in value else "value" if value else "none" for name, value in found}


def usage_of(verb):
    """The verb's own part of the first line."""
    line = programs.run(programs.program("trctl"), verb, "--help").stdout.splitlines()[0]
    return line.removeprefix(f"Usage: trctl [--socket PATH] [--json] {verb}")


def manual_verbs():
    """Returns the options of each verb by trctl(1)."""
    console = manuals.section(TRCTL, "The console")
    parts = [manuals.section(TRCTL, part) for part in ("Asking", "Settings", "Registration", "Everything else")]
    found = {}
    for head, _ in manuals.items("".join(parts) + console[: console.index(".El") + 4]):
        name = head.split()[1]
        assert name not in found
        found[name] = manuals.options(head)
    return found


def test_trctl_has_the_verbs_of_its_manual_and_no_other():
    assert sorted(manual_verbs()) == sorted(set(verbs()) - {"help"})
    assert len(manual_verbs()) > 20


@pytest.mark.parametrize("verb", manual_verbs())
def test_options_of_a_verb(console, verb):
    """Manual, usage, completion and program have the same options."""
    own = manual_verbs()[verb]
    assert usage_options(usage_of(verb)) == own
    common = [option for option in COMMON if (verb, option) != ("shell", "--json")]
    assert complete(console, ["trctl", verb, "-"], "trctl") == [*own, *common]
    taken = {option: kind for option, kind in all_options().items() if is_taken(verb, option, kind)}
    assert taken == own


def all_options():
    """Returns the options of all verbs by the source, so that each may be tried on every verb."""
    kinds = {"FLAG": "none", "VALUE": "value", "TEXT": "value", "OPTIONAL_VALUE": "optional", "WAIT": "optional"}
    source = "".join(path.read_text() for path in (programs.ROOT / "src" / "ctl").rglob("*.c"))
    found = re.findall(r'\{ "(-[\w-]+)", OPTION_(FLAG|VALUE|TEXT|WAIT|OPTIONAL_VALUE),', source)
    assert len(found) > 12
    return {name: kinds[kind] for name, kind in found if name not in COMMON}


def is_taken(verb, option, kind):
    """A verb prints its help only if it has understood the whole line."""
    words = [option, "x"] if kind == "value" else [option]
    result = programs.run(programs.program("trctl"), verb, *words, "--help")
    assert result.returncode == 0 or f"There is no option {option}." in result.stderr
    return result.returncode == 0


def test_common_options_of_trctl():
    """Before the verb, and in the description."""
    described = TRCTL[TRCTL.index("The options of all verbs are:") : TRCTL.index(".Ss Asking")]
    assert {name for head, _ in manuals.items(described) for name in manuals.options(head)} == set(COMMON)
    usage = programs.run(programs.program("trctl"), "help").stdout
    assert set(re.findall(r"^  (--.*)$", usage, re.M)[-1].split(", ")) == {"--version", "--help"}
    assert {"--version", "--socket", "--json"} <= set(manuals.options(manuals.section(TRCTL, "SYNOPSIS")))


def test_commands_of_the_console(console):
    """The second list of the section has every command, with the options of the command's own help."""
    text = manuals.section(TRCTL, "The console")
    heads = [head for head, _ in manuals.items(text[text.index(".El") + 4 :])]
    names = {name for head in heads for name in re.match(r"Cm (.*?)(?= Op| [A-Z]|$)", head)[1].split(" , ")}
    assert {name.split()[0] for name in names} == set(commands(console))
    operations = {
        head.split()[2]: manuals.options(head) for head in heads if re.match(r"Cm cloudserviceconfig [a-z]", head)
    }
    assert operations == {words[0]: usage_options(" ".join(words)) for words in usages(console, LINKS[1])[1:]}


@pytest.mark.parametrize("program, source", [("threatresponsed", "daemon"), ("threatresponse-worker", "worker")])
def test_options_of_the_daemons(program, source):
    """In the table of the program, the usage, the synopsis and the description."""
    main = (programs.ROOT / "src" / source / "main.c").read_text()
    table = {
        f"--{name}": "value" if kind == "required" else "none"
        for name, kind in re.findall(r'\{ "([a-z-]+)", (no|required)_argument', main)
    }
    assert len(table) >= 3
    assert usage_options(programs.run(programs.program(program), "--help").stdout) == table
    page = manuals.read(f"{program}.8")
    described = manuals.items(manuals.section(page, "DESCRIPTION"))
    assert manuals.options("\n".join(head for head, _ in described)) == table
    assert manuals.options(manuals.section(page, "SYNOPSIS").replace("| -", "| Fl -")) == table


def sandbox_rows():
    """Returns the verbs that take each option ("" is the server), by the source."""
    source = (programs.ROOT / "src/sandbox/options.c").read_text()
    names = {"SERVE": "", "TOKEN": "token", "DEVICES": "devices", "REMOVE": "remove", "FAULT": "fault"}
    every = re.search(r"#define VERB_ALL \((.*)\)", source)[1]
    rows = re.findall(r'\{ "([\w-]+)", (VERB_[\w |]+), OPTION_(\w+)', source)
    return {
        f"--{name}": ({names[verb] for verb in re.findall(r"VERB_(\w+)", verbs.replace("VERB_ALL", every))}, kind)
        for name, verbs, kind in rows
    }


def sandbox_manual():
    """Returns the verbs that take each option, by trsandbox(1), where common options belong to the server."""
    found = {}
    for head, _ in manuals.items(manuals.section(TRSANDBOX, "DESCRIPTION")):
        word = head.split()[1]
        if head.startswith("Fl") or word in ("token", "devices", "remove", "fault"):
            for option, kind in manuals.options(head).items():
                found.setdefault(option, (set(), "FLAG" if kind == "none" else "VALUE"))
                found[option][0].add("" if head.startswith("Fl") else word)
    return found


def test_options_of_the_sandbox():
    rows, manual = sandbox_rows(), sandbox_manual()
    everywhere = {"--directory", "--help", "--version"}
    assert {option for option, (of, _) in rows.items() if len(of) == 5} == everywhere
    assert {option: of for option, (of, _) in rows.items() if option not in everywhere} == {
        option: of for option, (of, _) in manual.items() if option not in everywhere
    }
    for option, (_, kind) in manual.items():
        assert (kind == "FLAG") == (rows[option][1] == "FLAG")
    assert everywhere <= set(manuals.options(manuals.section(TRSANDBOX, "SYNOPSIS")))


def test_usage_of_the_sandbox():
    """The usage has the options of the table for each verb; "fault" has a usage of its own."""
    usage = programs.run(programs.program("trsandbox"), "--help").stdout
    usage += programs.run(programs.program("trsandbox"), "fault", "--help").stdout.split("\nENDPOINT")[0]
    shown = {}
    for line in re.findall(r"trsandbox (.*(?:\n {17}.*)*)", usage):
        verb = "" if line.startswith("-") else line.split()[0]
        for option in usage_options(line):
            shown.setdefault(option, set()).add(verb)
    rows = {option: of for option, (of, _) in sandbox_rows().items()}
    assert shown.pop("--version") == {""} and shown.pop("--help") == {"fault"}
    assert shown == {option: of for option, of in rows.items() if option not in ("--version", "--help")}
