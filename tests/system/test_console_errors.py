"""Errors of the console: their words, the next step that they name, and their exit codes in batch form."""

import os

import pytest

from support.console import TOKEN, failure, menu
from support.transcript import assert_lines

ROOT = os.geteuid() == 0
ENABLE_FIRST = "Use the threatresponseconfig command to enable it, and commit."
DISABLED = "The Cisco Threat Response feature is currently disabled on your appliance."
PROGRESS = (
    "Try again after some time: the status command shows what is in progress, "
    "and the CANCEL operation of the cloudserviceconfig command gives it up."
)
CLOUD_HELP = 'See "help cloudserviceconfig".'
BUSY = "The Cisco Cloud Service is busy. Navigate back to this page after some time to check the appliance status."
REGISTERED = (
    "The Content Security Management appliance is successfully registered with the Cisco Threat Response portal."
)
CHOOSE = "Choose the operation you want to perform:"
REGISTER = "- REGISTER - To register the appliance with the Cisco Threat Response portal."
DEREGISTER = "- DEREGISTER - To deregister the appliance from the Cisco Threat Response portal."
CANCEL = "- CANCEL - To cancel the registration or deregistration that is in progress."
SETTRS = "- SETTRS - Set the Threat Response Server to connect to the Cisco Threat Response portal."


def test_register_while_disabled(agent, console, token_file):
    register = f"cloudserviceconfig register --token-file {token_file(TOKEN)}"
    assert failure(console.batch(register)) == (1, [DISABLED, ENABLE_FIRST])
    assert failure(console.feed("cloudserviceconfig", "register", TOKEN)) == (
        1,
        ["The Cisco Threat Response feature is disabled on your appliance.", ENABLE_FIRST],
    )
    assert menu(console) == [f"{DISABLED} {ENABLE_FIRST}", CHOOSE, SETTRS]
    # A staged value is not active yet.
    agent.call("Stage", {"enabled": True})
    assert menu(console) == [f"{DISABLED} Use the commit command to make its enabling active.", CHOOSE, SETTRS]
    assert failure(console.batch(register))[0] == 1


def test_register_while_registered(registered, console, token_file):
    hint = "Use the DEREGISTER operation of the cloudserviceconfig command first to register it anew."
    assert failure(console.batch(f"cloudserviceconfig register --token-file {token_file(TOKEN)}")) == (
        5,
        ["The appliance is registered with EUROPE already.", hint],
    )
    assert failure(console.feed("cloudserviceconfig", "REGISTER")) == (
        5,
        ["The appliance is registered already.", hint],
    )
    assert menu(console) == [REGISTERED, CHOOSE, DEREGISTER, SETTRS]


@pytest.mark.parametrize(
    "deregistering, noun, gerund, before",
    [
        (False, "registration", "registered with EUROPE already", "Cancel the registration"),
        (
            True,
            "deregistration",
            "deregistered from EUROPE",
            "Deregister with --local-only, or wait until the deregistration has ended,",
        ),
    ],
)
def test_while_busy(ready, cloud, console, token_file, deregistering, noun, gerund, before):
    if deregistering:
        ready.register()
        cloud.hold("delete")
        ready.call("Deregister")
    else:
        cloud.hold("context")
        ready.begin_registration()
    assert failure(console.batch(f"cloudserviceconfig register --token-file {token_file(TOKEN)}")) == (
        6,
        [f"The appliance is being {gerund}.", PROGRESS],
    )
    assert failure(console.feed("cloudserviceconfig", "register")) == (
        6,
        [f"The appliance {noun} is in progress.", PROGRESS],
    )
    code, lines = failure(console.feed("cloudserviceconfig", "deregister"))
    assert (code, lines[1:]) == (6, [PROGRESS])
    assert failure(console.batch("cloudserviceconfig settrs americas")) == (
        1,
        [
            "The server can't be changed to AMERICAS: the appliance is busy with EUROPE.",
            f"{before} before you choose another server.",
        ],
    )
    assert menu(console) == [
        BUSY,
        f"The appliance {noun} is in progress: use the status command to see how far it is.",
        CHOOSE,
        CANCEL,
        SETTRS,
    ]
    result = console.feed("cloudserviceconfig", "cancel")
    assert (result.returncode, result.stderr) == (0, "")
    assert ready.registration()["state"] == ("registered" if deregistering else "unregistered")


def test_cancel_nothing(ready, console):
    assert failure(console.batch("cloudserviceconfig cancel")) == (
        5,
        ["There is nothing to cancel: the appliance is unregistered."],
    )


def test_deregister_while_unregistered(ready, console):
    expected = [
        "The appliance is not registered.",
        "Use the REGISTER operation of the cloudserviceconfig command to register it.",
    ]
    assert failure(console.batch("cloudserviceconfig deregister --yes")) == (5, expected)
    assert failure(console.feed("cloudserviceconfig", "deregister")) == (5, expected)
    assert menu(console) == [CHOOSE, REGISTER, SETTRS]


def test_deregister_asks_and_no_is_no(registered, console):
    assert failure(console.batch("cloudserviceconfig deregister")) == (
        2,
        ["deregister needs --yes: there is nobody to ask.", CLOUD_HELP],
    )
    for answer in ("", "n", "NO"):
        assert failure(console.feed("cloudserviceconfig deregister", answer)) == (1, ["The appliance stays as it is."])
    assert failure(console.feed("cloudserviceconfig deregister", "perhaps")) == (
        2,
        ["Please answer Yes or No.", CLOUD_HELP],
    )
    assert registered.registration()["state"] == "registered"
    result = console.feed("cloudserviceconfig", "deregister", "Y")
    assert result.stdout.splitlines()[-1] == "The Content Security Management appliance deregistration is in progress."


def test_deregister_while_disabled(registered, console):
    registered.call("Stage", {"enabled": False})
    registered.call("Commit")
    assert failure(console.feed("cloudserviceconfig", "deregister")) == (1, [DISABLED, ENABLE_FIRST])
    assert menu(console) == [REGISTERED, f"{DISABLED} {ENABLE_FIRST}", CHOOSE, SETTRS]
    result = console.batch("cloudserviceconfig deregister --yes --local-only")
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith("The appliance was deregistered locally; the cloud was not told.")


def test_another_server_while_registered(registered, console):
    expected = [
        "The server can't be changed to AMERICAS: the appliance is registered with EUROPE.",
        "Deregister the appliance before you choose another server.",
    ]
    assert failure(console.batch("cloudserviceconfig settrs 3")) == (1, expected)
    assert failure(console.feed("cloudserviceconfig", "settrs", "api-sse.cisco.com")) == (1, expected)
    result = console.batch("cloudserviceconfig settrs Europe")
    assert result.stdout.splitlines() == [
        "Selected threat response server is api.eu.sse.itd.cisco.com.",
        "It is the current one: there is nothing to commit.",
    ]


@pytest.mark.parametrize("name", ["4", "MARS", "mars.example.com"])
def test_unknown_server(ready, console, name):
    expected = [
        f'No server has the number, label or name "{name}".',
        "Enter the number, the label or the host name of a server of the list.",
    ]
    assert failure(console.batch(f"cloudserviceconfig settrs {name}")) == (1, expected)
    assert failure(console.feed("cloudserviceconfig", "settrs", name)) == (1, expected)


@pytest.mark.parametrize("name", ["1", "apjc"])
def test_unsupported_server(ready, console, name):
    assert failure(console.batch(f"cloudserviceconfig settrs {name}")) == (
        1,
        [f"The integration does not support the server {name}.", "Choose a server of the list that is supported."],
    )


NO_TOKEN = (
    "No registration token key was entered, or it has characters that no token has: "
    "the appliance is not registered."
)
COPY_AGAIN = "Copy the token from the portal again: 16 to 512 letters, digits, '-', '_' or '.'."


@pytest.mark.complaint("enrolment: an empty token or an empty token file is accepted")
def test_empty_token(ready, console, token_file):
    assert failure(console.feed("cloudserviceconfig", "register", "")) == (2, [NO_TOKEN, CLOUD_HELP])
    path = token_file(" \n")
    assert failure(console.batch(f"cloudserviceconfig register --token-file {path}")) == (
        2,
        [f"The token in {path} is empty or has characters that no token has.", CLOUD_HELP],
    )
    assert failure(console.batch("cloudserviceconfig register")) == (
        2,
        ['register needs --token-file FILE ("-" is standard input): there is nobody to ask.', CLOUD_HELP],
    )


@pytest.mark.parametrize("token", ["x" * 15, "x" * 513, "with blanks in between"])
def test_malformed_token(ready, console, token_file, token):
    expected = [
        f"The token is not well-formed ({len(token)} characters): a token has 16 to 512 characters of - . _ 0-9 A-Z a-z.",
        COPY_AGAIN,
    ]
    assert failure(console.feed("cloudserviceconfig", "register", token)) == (1, expected)
    assert failure(console.feed(f"cloudserviceconfig register '{token}'")) == (1, expected)
    assert failure(console.batch(f"cloudserviceconfig register --token-file {token_file(token)}")) == (1, expected)
    assert ready.registration()["state"] == "unregistered"


REFUSED = "The registration failed because of an invalid or expired token key."


@pytest.mark.parametrize("kind", ["refused", "expired", "used"])
def test_refused_token(ready, cloud, console, token_file, kind):
    """The prompt comes back at once; --wait and the next menu report the result."""
    token = {"refused": lambda: TOKEN, "expired": lambda: cloud.token("EUROPE", "--expired")}.get(
        kind, lambda: used_token(ready, cloud)
    )()
    result = console.feed("cloudserviceconfig", "register", token)
    assert result.stdout.splitlines()[-1] == "The appliance registration is in progress."
    seen = ready.wait_failure("token_rejected")["lastFailure"]
    assert menu(console) == [REFUSED, seen["message"], seen["remedy"], CHOOSE, REGISTER, SETTRS]
    code, lines = failure(console.batch(f"cloudserviceconfig register --token-file {token_file(token)} --wait"))
    assert (code, lines[0].startswith(REFUSED), lines[1]) == (7, True, seen["remedy"])


def used_token(agent, cloud):
    """Returns a token that another appliance has used: this one has a new guid since."""
    token = cloud.token("EUROPE")
    agent.register(token)
    agent.call("Deregister", {"localOnly": True})
    return token


def test_token_for_another_region(ready, cloud, console):
    assert console.feed("cloudserviceconfig", "register", cloud.token("AMERICAS")).returncode == 0
    seen = ready.wait_failure("wrong_region")["lastFailure"]
    assert menu(console) == [
        f"The registration failed: {seen['message']}",
        "The token is for the region AMERICAS: choose the server AMERICAS (api-sse.cisco.com) and commit, then register "
        "with a new token.",
        CHOOSE,
        REGISTER,
        SETTRS,
    ]


def test_failure_that_is_retried(idle, cloud, console):
    """The menu has the reason and the time of the next attempt."""
    idle.config.write(timing__backoff_initial=60.0, timing__backoff_cap=600.0)
    idle.start()
    idle.enable()
    cloud.fault("contexts", "status", 503)
    idle.begin_registration()
    seen = idle.wait_for(lambda r: r.get("nextAttempt") and not r["running"])["lastFailure"]
    lines = menu(console)
    assert lines[:4] == [
        BUSY,
        "The appliance registration is in progress: use the status command to see how far it is.",
        f"The last attempt to register failed: {seen['message']}",
        seen["remedy"],
    ]
    assert_lines(lines[4:5], ["The next attempt is at {date}."])
    assert lines[5:] == [CHOOSE, CANCEL, SETTRS]


def test_success_leaves_no_failure_behind(ready, cloud, console):
    console.feed("cloudserviceconfig", "register", TOKEN)
    ready.wait_failure("token_rejected")
    ready.register(cloud.token("EUROPE"))
    assert menu(console) == [REGISTERED, CHOOSE, DEREGISTER, SETTRS]
    ready.call("Deregister")
    ready.wait_state("unregistered")
    assert menu(console) == [CHOOSE, REGISTER, SETTRS]


def test_removed_in_the_portal(idle, cloud, console):
    idle.config.write(timing__refresh_interval=0.05, timing__removal_confirmation=0.05)
    idle.start()
    registration = idle.register()
    cloud.remove(registration["guid"])
    idle.wait_for(lambda r: r["health"] == "removed_in_portal")
    assert menu(console) == [
        "The Content Security Management appliance was removed in the Cisco Threat Response portal.",
        'Use "cloudserviceconfig deregister --local-only", then register the appliance with a new token.',
        CHOOSE,
        DEREGISTER,
        SETTRS,
    ]


def test_nothing_staged(agent, console):
    expected = (
        5,
        [
            "There is nothing to commit.",
            "Use the threatresponseconfig or the cloudserviceconfig command to change something first.",
        ],
    )
    assert failure(console.batch("commit 'nothing'")) == expected
    assert failure(console.feed("commit", "nothing")) == expected
    assert failure(console.batch("clearchanges")) == (5, ["There are no changes since the last commit."])
    assert failure(console.feed("clearchanges", "y")) == (5, ["There are no changes since the last commit."])
    assert console.batch("showchanges").stdout == "There are no staged changes.\n"


def test_enabled_already(ready, console):
    expected = (5, ["The Cisco Threat Response feature is enabled already."])
    assert failure(console.batch("threatresponseconfig enable")) == expected
    assert failure(console.feed("threatresponseconfig", "enable")) == expected
    # The staged value counts: the menu offers its contrary.
    assert console.batch("threatresponseconfig disable").returncode == 0
    assert console.feed("threatresponseconfig", "").stdout.splitlines()[2].startswith("- ENABLE - ")


def test_disabling_a_registered_appliance(registered, console):
    result = console.feed("threatresponseconfig", "disable")
    assert result.stdout.splitlines()[-2:] == [
        DISABLED,
        "With the commit all traffic to the cloud stops; the appliance stays registered.",
    ]


def test_no_daemon(console, token_file):
    """Without a daemon each command says so."""
    for command in (
        "threatresponseconfig enable",
        f"cloudserviceconfig register --token-file {token_file(TOKEN)}",
        "cloudserviceconfig deregister --yes",
        "cloudserviceconfig settrs 2",
        "commit x",
        "clearchanges",
        "showchanges",
        "commitlog",
        "status",
        "clustermode",
    ):
        code, lines = failure(console.batch(command))
        assert code == 3, command
        assert lines[0].startswith("The daemon is not running: "), command
        assert lines[1].startswith("Start it (systemctl start threatresponsed)"), command
    assert console.batch("help").returncode == 0
    with console.terminal() as terminal:
        terminal.type(f"{os.uname().nodename}> ", "exit")
        assert terminal.finish() == 0


def test_no_permission(agent, console, token_file):
    """Another user may read, and the error names the group whose members may do more. A plain user may do all."""
    os.chmod(token_file(TOKEN), 0o644)
    remedy = "Run it as root: no administrators' group is configured (api.admin_group)."
    other = 65534 if ROOT else os.geteuid()
    for command, (allowed, deed) in {
        "threatresponseconfig enable": (0, "change the settings"),
        "cloudserviceconfig register --token-file token": (1, "register the appliance"),
        "cloudserviceconfig settrs 2": (0, "change the settings"),
        "commit x": (0, "commit"),
        "clearchanges": (5, "clear staged changes"),
    }.items():
        result = console.batch_as(other, command)
        assert failure(result) == (4, [f"You may not {deed}.", remedy]) if ROOT else result.returncode == allowed
        assert console.batch_as(other, "status; showchanges; commitlog; clustermode").returncode == 0
