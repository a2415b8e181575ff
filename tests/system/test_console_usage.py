"""Mistyped words, comments, the sources of a token, and the end at the first error."""

import pytest

from support import programs
from support.console import TOKEN, failure

CLOUD_HELP = 'See "help cloudserviceconfig".'
COMMANDS_HELP = 'Enter "help" for the list of commands.'


@pytest.mark.parametrize(
    "comment, code",
    [("x" * 1024, 0), ("ü" * 1024, 0), ("x" * 1025, 2), ("ü" * 1025, 2), ("", 0)],
    ids=["1024", "1024-wide", "1025", "1025-wide", "empty"],
)
def test_comment(agent, console, comment, code):
    batch = console.batch(f"threatresponseconfig enable; commit '{comment}'")
    agent.call("ClearStaged")
    change = "disable" if code == 0 else "enable"
    feed = console.feed(f"threatresponseconfig {change}", "commit", comment)
    assert (batch.returncode, feed.returncode) == (code, code)
    if code:
        expected = ["The comment has 1025 characters; at most 1024 are allowed.", 'See "help commit".']
        assert batch.stderr.splitlines() == feed.stderr.splitlines() == expected
        assert agent.call("ListCommits") == {"commits": []}
    else:
        assert [one["comment"] for one in agent.call("ListCommits")["commits"]] == [comment, comment]


def test_comment_that_is_no_text(agent, console):
    assert console.batch("threatresponseconfig enable").returncode == 0
    result = console.run("shell", "-c", b"commit '\xff'".decode(errors="surrogateescape"))
    assert failure(result) == (2, ["The comment is not UTF-8 text.", 'See "help commit".'])


@pytest.mark.complaint("commands: wrong usage prints an error and exits with 0")
@pytest.mark.parametrize(
    "command, message, hint",
    [
        ("comit", "There is no command comit. Did you mean commit?", COMMANDS_HELP),
        (TOKEN, "There is no such command.", COMMANDS_HELP),
        ("ping", "There is no such command.", COMMANDS_HELP),
        ("help nonsense", "There is no command nonsense.", 'See "help help".'),
        ("commit a b", "There are too many words: put words that belong together in quotes.", 'See "help commit".'),
        ("commit 'a", "A single quote (') is not closed.", "Nothing was done."),
        ("status; commit \"a", 'A double quote (") is not closed.', "Nothing was done."),
        (
            "status | less",
            "The console has no pipes and redirections: put the characters | & < > in quotes.",
            "Nothing was done.",
        ),
        ("cloudserviceconfig", "cloudserviceconfig needs an operation: there is nobody to ask.", CLOUD_HELP),
        ("cloudserviceconfig regster", "There is no operation regster. Did you mean REGISTER?", CLOUD_HELP),
        (f"cloudserviceconfig {TOKEN}", "There is no such operation.", CLOUD_HELP),
        (
            "cloudserviceconfig settrs",
            "settrs needs the number, the label or the host name of a server: there is nobody to ask.",
            CLOUD_HELP,
        ),
        ("cloudserviceconfig settrs a b", "There are too many words.", CLOUD_HELP),
        ("cloudserviceconfig deregister --yes --json", "There is no option --json.", CLOUD_HELP),
        (
            "cloudserviceconfig deregister --yes --local-olny",
            "There is no option --local-olny. Did you mean --local-only?",
            CLOUD_HELP,
        ),
        ("threatresponseconfig enable now", "There are too many words.", 'See "help threatresponseconfig".'),
        (
            "clustermode moon",
            'There is no mode "moon": the modes are machine, group and cluster.',
            'See "help clustermode".',
        ),
    ],
)
def test_wrong_usage(ready, console, command, message, hint):
    result = console.batch(command)
    assert (*failure(result), result.stdout) == (2, [message, hint], "")


@pytest.mark.parametrize(
    "words, message",
    [
        (["stauts"], "There is no verb stauts. Did you mean status?"),
        (["status", "--wacth"], "There is no option --wacth. Did you mean --watch?"),
        (["status", "-watch"], "There is no option -watch. Did you mean --watch?"),
        (["--jsn", "status"], "There is no option --jsn. Did you mean --json?"),
        (["register", "--tokens=secret"], "There is no option --tokens."),
        # A token may begin with a dash.
        (["register", "-sEcReT0123456789abcdef"], "There is no such option."),
    ],
)
def test_mistyped_words_of_trctl(words, message):
    """The error names the nearest word and doesn't repeat a value."""
    result = programs.run(programs.program("trctl"), *words)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.splitlines()[0] == f"trctl: {message}"


@pytest.mark.parametrize("link", ["cloudserviceconfig", "threatresponseconfig"])
def test_wrong_usage_of_a_link(ready, console, link):
    hint = f'See "{link} --help".'
    assert failure(console.run("x", link=link)) == (2, ["There is no such operation.", hint])
    assert failure(console.run(*["x"] * 20, link=link)) == (2, ["There are too many words.", hint])
    assert console.run("--help", link=link).stdout.startswith(console.batch(f"help {link}").stdout)


NOT_IN_ARGUMENTS = (
    "A token is not taken from the command line, since everybody could see it in the list of processes: "
    "use --token-file, standard input or the prompt."
)


def test_token_where_everybody_sees_it(ready, console):
    assert failure(console.batch(f"cloudserviceconfig register {TOKEN}")) == (2, [NOT_IN_ARGUMENTS, CLOUD_HELP])
    assert failure(console.run("register", TOKEN, link="cloudserviceconfig")) == (
        2,
        [NOT_IN_ARGUMENTS, 'See "cloudserviceconfig --help".'],
    )
    assert failure(console.batch(f"cloudserviceconfig register --token {TOKEN}"))[1][0] == NOT_IN_ARGUMENTS
    assert ready.registration()["state"] == "unregistered"


def test_token_from_standard_input(ready, cloud, console):
    """A link and -c read all of it; a shell that reads its commands there takes the next line."""
    token = cloud.token()
    result = console.run("register", "--token-file", "-", "--wait", link="cloudserviceconfig", input=token + "\n")
    assert (result.returncode, result.stderr) == (0, "")
    result = console.feed("cloudserviceconfig deregister --yes --wait", "cloudserviceconfig register --token-file -",
                          cloud.token(), "status")
    assert (result.returncode, result.stderr) == (0, "")
    assert any(line.startswith("State ") for line in result.stdout.splitlines())
    ready.wait_state("registered")


def test_stops_at_the_first_error(agent, console):
    """The rest is not run, and the exit code is that of the failure."""
    for result in (
        console.batch("threatresponseconfig enable; cloudserviceconfig settrs mars; commit 'no'"),
        console.feed("threatresponseconfig enable", "cloudserviceconfig settrs mars", "commit", "no"),
    ):
        assert result.returncode == 1
        assert agent.status()["revision"] == 0
    assert failure(console.feed("threatresponseconfig enable", "commit")) == (
        2,
        ["The input ends where an answer is needed.", 'See "help commit".'],
    )
    assert agent.status()["revision"] == 0
