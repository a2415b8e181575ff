"""Words that the programs offer: the verbs and commands of their help, their usages, and bash's completion."""

import re

from support import programs

COMPLETION = programs.ROOT / "src" / "ctl" / "bash-completion" / "trctl"


def verbs():
    """Returns the verbs that trctl help lists."""
    return re.findall(r"^  ([a-z][a-z-]*)", programs.run(programs.program("trctl"), "help").stdout, re.M)


def commands(console):
    return re.findall(r"^  (\w+)", console.batch("help").stdout, re.M)


def usages(console, command):
    """Returns the lines of a command's usage, without its name."""
    lines = console.batch(f"help {command}").stdout.split("Usage:\n")[1].split("\n\n")[0].splitlines()
    assert all(line.startswith(f"  {command}") for line in lines), lines
    return [line.split()[1:] for line in lines]


def complete(console, words, program):
    """Returns the words that bash offers for the last of these."""
    script = (
        'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); '
        '"$(complete -p "${0##*/}" | sed "s/.*-F \\([^ ]*\\) .*/\\1/")"; printf "%s\\n" "${COMPREPLY[@]}"'
    )
    env = programs.environment(PATH=f"{console.home}:/usr/bin:/bin")
    result = programs.run("bash", "--norc", "-c", script, program, COMPLETION, *words, env=env)
    assert result.stderr == ""
    return result.stdout.split()
