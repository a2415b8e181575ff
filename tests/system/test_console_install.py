"""Help, completion and installation name what the program has; the manual is compared in test_manual_options.py."""

import re
import subprocess

import pytest

from support import manuals, programs
from support.console import LINKS
from support.usage import commands, complete, usages, verbs


def test_help_lists_the_commands(console):
    assert commands(console) == [
        "threatresponseconfig",
        "cloudserviceconfig",
        "commit",
        "clearchanges",
        "showchanges",
        "commitlog",
        "status",
        "check",
        "clustermode",
        "help",
        "exit",
        "quit",
    ]
    assert usages(console, "threatresponseconfig") == [[], ["enable"], ["disable"]]
    assert [words[:1] for words in usages(console, "cloudserviceconfig")] == [
        [],
        ["register"],
        ["deregister"],
        ["cancel"],
        ["settrs"],
    ]
    assert usages(console, "clustermode") == [["[machine|group|cluster]"]]


@pytest.mark.parametrize("before", [["trctl"], ["trctl", "--json"], ["trctl", "help"]])
def test_bash_completes_the_verbs(console, before):
    offered = [word for word in complete(console, [*before, ""], "trctl") if not word.startswith("-")]
    assert offered == verbs()


@pytest.mark.parametrize("command", LINKS)
def test_bash_completes_the_operations(console, command):
    offered = [word for word in complete(console, [command, ""], command) if not word.startswith("-")]
    assert offered == [words[0] for words in usages(console, command)[1:]]
    for words in usages(console, command)[1:]:
        options = re.findall(r"--[a-z-]+", " ".join(words))
        assert complete(console, [command, words[0].upper(), "--"], command) == options


@pytest.mark.complaint("commands: completion waits or prints errors when the daemon is absent or hangs")
def test_bash_completes_the_servers(agent, console):
    words = [console.home / "trctl", "--socket", agent.socket, "server", "e"]
    (console.home / "trctl").symlink_to(programs.program("trctl"))
    assert complete(console, words, "trctl") == ["EUROPE"]
    agent.stop()
    assert complete(console, words, "trctl") == []


def test_install(tmp_path):
    """make install makes the links and the files that the manuals name; make uninstall removes them."""
    base = ["make", "-C", programs.ROOT, "-o", "all", f"BUILD={programs.BUILD}", f"DESTDIR={tmp_path}", "prefix=/usr"]
    assert programs.run(*base, "install").returncode == 0
    usr = tmp_path / "usr"
    for link in LINKS:
        for path in (usr / "bin" / link, usr / "share/bash-completion/completions" / link):
            assert path.readlink().name == "trctl" and path.exists()
        assert (usr / "share/man/man1" / f"{link}.1").exists()
        result = subprocess.run([usr / "bin" / link, "--help"], capture_output=True, text=True, check=True)
        assert f"  {link}" in result.stdout
    named = {path for page in manuals.PAGES for path in re.findall(r"\.Pa (/usr/\S+)", page.read_text())}
    assert named and all((tmp_path / path[1:]).is_file() for path in named), named
    assert programs.run(*base, "uninstall").returncode == 0
    left = [path.name for path in usr.rglob("*") if not path.is_dir()]
    assert left == []
