"""The command lines of the programs: mistakes, version and help."""

import pytest

from support import programs


@pytest.mark.complaint("commands: wrong usage prints an error and exits with 0")
@pytest.mark.parametrize(
    "arguments, message",
    [
        (["extra"], 'threatresponsed: unexpected argument "extra". See threatresponsed --help.\n'),
        (["--log-level", "loud"], 'threatresponsed: unknown log level "loud". See threatresponsed --help.\n'),
        (["--config"], "option '--config' requires an argument\nSee threatresponsed --help.\n"),
        *(
            ([f"--{name}", ""], f"threatresponsed: the value of --{name} is empty. See threatresponsed --help.\n")
            for name in ("config", "socket", "state-directory", "worker", "log-level")
        ),
        (["--nope"], "unrecognized option '--nope'\nSee threatresponsed --help.\n"),
    ],
)
def test_usage(arguments, message):
    result = programs.run(programs.program("threatresponsed"), *arguments)
    assert result.returncode == 2
    assert result.stderr.endswith(message)


@pytest.mark.parametrize("name", ["threatresponsed", "threatresponse-worker", "trctl", "trsandbox"])
def test_version_and_help(name):
    result = programs.run(programs.program(name), "--version")
    assert (result.returncode, result.stdout.split()[0]) == (0, name)
    result = programs.run(programs.program(name), "--help")
    assert result.returncode == 0
    assert result.stdout.lower().startswith("usage: " + name)
