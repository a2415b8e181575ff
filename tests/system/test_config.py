"""Every bad configuration has its exact text and exit code 78."""

import os

import pytest

from support import programs
from support.configuration import GROUPS, TEXT

TIMING = (
    "refresh_interval, refresh_jitter, renewal_fraction, backoff_initial, backoff_cap, attempts_per_hour, removal_confirmation, refusal_patience"
)
LABEL = "letters, digits, '-' and '_', not digits alone of at most 64 bytes"
WORKER = "the absolute path of the program, or unix:PATH of a socket of at most 4000 bytes"
EXEMPTIONS = (
    "hosts, domains (.example.com, *.example.com), addresses, each with or without a port, CIDR ranges (10.0.0.0/8, 10.*), "
    "<local> or *"
)
LISTED = "( ... ) of 1 to 32 groups"

# The text of the file, and the error after "FILE:".
BAD = [
    # Unknown keys: at the top, in a group, in a server.
    ("nonsense = { };", f"1: nonsense: found an unknown key, allowed are {GROUPS}"),
    ("timing = { nonsense = 1; };", f"1: timing.nonsense: found an unknown key, allowed are {TIMING}"),
    (
        'servers = ( { label = "A"; fqdn = "a.b"; speed = 1; } );',
        "1: servers[1].speed: found an unknown key, allowed are label, fqdn, supported",
    ),
    # Groups and the list of servers.
    ("timing = 5;", "1: timing: found the integer 5, allowed is a group { ... }"),
    ("timing = ( );", "1: timing: found a list, allowed is a group { ... }"),
    ("servers = ( );", f"1: servers: found an empty list, allowed is a list {LISTED}"),
    ("servers = { };", f"1: servers: found a group, allowed is a list {LISTED}"),
    ('servers = "EUROPE";', f'1: servers: found "EUROPE", allowed is a list {LISTED}'),
    ("servers = ( " + "{ }, " * 32 + "{ } );", f"1: servers: found a list, allowed is a list {LISTED}"),
    ("servers = ( 1 );", "1: servers[1]: found the integer 1, allowed is a group { ... }"),
    ('servers = ( { label = "A"; } );', "1: servers[1].fqdn: found nothing, it is required"),
    ('servers = (\n{ fqdn = "a.b"; } );', "2: servers[1].label: found nothing, it is required"),
    (
        'servers = ( { label = "A"; fqdn = "a.b"; },\n { label = "a"; fqdn = "c.d"; } );',
        '2: servers[2].label: found "a" a second time, allowed is each label once',
    ),
    ('servers = ( { label = "12"; fqdn = "a.b"; } );', f'1: servers[1].label: found "12", allowed is {LABEL}'),
    ('servers = ( { label = ""; fqdn = "a.b"; } );', f'1: servers[1].label: found "", allowed is {LABEL}'),
    (
        'servers = ( { label = "A"; fqdn = "a_b"; } );',
        '1: servers[1].fqdn: found "a_b", allowed is a host name of at most 253 bytes',
    ),
    (
        'servers = ( { label = "A"; fqdn = "a.b"; supported = "yes"; } );',
        '1: servers[1].supported: found "yes", allowed is true or false',
    ),
    # A wrong type for each type.
    ("identity = { name = 5; };", f"1: identity.name: found the integer 5, allowed is {TEXT} 253 bytes"),
    ('identity = { product = [ "a" ]; };', f"1: identity.product: found a list, allowed is {TEXT} 128 bytes"),
    (
        "est = { key_type = 256; };",
        '1: est.key_type: found the integer 256, allowed is one of "ec_p256", "ec_p384", "rsa_2048", "rsa_3072"',
    ),
    (
        'network = { no_proxy = "a"; };',
        '1: network.no_proxy: found "a", allowed is a list of at most 64 ' + EXEMPTIONS,
    ),
    (
        'network = { no_proxy = ( "a",\n "b*c" ); };',
        '2: network.no_proxy: found "b*c" as element 2, allowed is a list of at most 64 ' + EXEMPTIONS,
    ),
    (
        'network = { proxy = "http://proxy.example"; };',
        "1: network.proxy: found a text that is not shown here, allowed is an http or https URL with its port, as "
        "http://proxy.example:3128, without user and password (these are proxy_user and proxy_password_file) of at most "
        "1024 bytes",
    ),
    (
        'network = { no_proxy = ( "a", 1 ); };',
        "1: network.no_proxy: found the integer 1 as element 2, allowed is a list of at most 64 " + EXEMPTIONS,
    ),
    ("settings = { enabled = 1; };", "1: settings.enabled: found the integer 1, allowed is true or false"),
    (
        "api = { max_message = 5000.5; };",
        "1: api.max_message: found the number 5000.5, allowed is an integer from 4096 to 1048576",
    ),
    (
        'timing = { refresh_interval = "1"; };',
        '1: timing.refresh_interval: found "1", allowed is a number of seconds from 0 to 86400',
    ),
    (
        "network = { connect_timeout = true; };",
        "1: network.connect_timeout: found true, allowed is a number of seconds from 0.1 to 300",
    ),
    (
        "timing = { refresh_jitter = false; };",
        "1: timing.refresh_jitter: found false, allowed is a number from 0 to 0.5",
    ),
    (
        "api = { socket_mode = 438; };",
        '1: api.socket_mode: found the integer 438, allowed is an octal mode from "0000" to "0777"',
    ),
    (
        "log = { level = 3; };",
        '1: log.level: found the integer 3, allowed is one of "error", "warning", "notice", "info", "debug"',
    ),
    # A value that is not allowed, for each type.
    (
        'identity = { name = "a\\nb"; };',
        f'1: identity.name: found "a\\x0ab", allowed is {TEXT} 253 bytes',
    ),
    (
        'identity = { type = "' + "x" * 65 + '"; };',
        f'1: identity.type: found "{"x" * 65}", allowed is {TEXT} 64 bytes',
    ),
    (
        'identity = { ip = "300.1.1.1"; };',
        '1: identity.ip: found "300.1.1.1", allowed is an IPv4 or IPv6 address of at most 64 bytes',
    ),
    (
        'est = { url = "http://x/"; };',
        '1: est.url: found "http://x/", allowed is an https URL of at most 2000 bytes',
    ),
    (
        'est = { key_type = "dsa"; };',
        '1: est.key_type: found "dsa", allowed is one of "ec_p256", "ec_p384", "rsa_2048", "rsa_3072"',
    ),
    (
        'network = { connect_to = ( "a:1" ); };',
        '1: network.connect_to: found "a:1" as element 1, allowed is a list of at most 64 texts of the form '
        "HOST:PORT:CONNECT-TO-HOST:CONNECT-TO-PORT",
    ),
    (
        'network = { ca_file = "x"; };',
        '1: network.ca_file: found "x", allowed is an absolute path of at most 4000 bytes',
    ),
    (
        'sse = { status = "/v1/x"; };',
        '1: sse.status: found "/v1/x", allowed is a path that starts with / and holds {guid} once of at most 256 bytes',
    ),
    (
        'sse = { contexts = "v1"; };',
        '1: sse.contexts: found "v1", allowed is a path that starts with / of at most 256 bytes',
    ),
    (
        "timing = { refresh_interval = -1; };",
        "1: timing.refresh_interval: found the integer -1, allowed is a number of seconds from 0 to 86400",
    ),
    (
        "timing = { refresh_jitter = 0.6; };",
        "1: timing.refresh_jitter: found the number 0.6, allowed is a number from 0 to 0.5",
    ),
    (
        "api = { max_connections = 99999999999L; };",
        "1: api.max_connections: found the integer 99999999999, allowed is an integer from 1 to 4096",
    ),
    (
        'api = { socket_mode = "1777"; };',
        '1: api.socket_mode: found "1777", allowed is an octal mode from "0000" to "0777"',
    ),
    (
        'log = { level = "loud"; };',
        '1: log.level: found "loud", allowed is one of "error", "warning", "notice", "info", "debug"',
    ),
    ('worker = { address = "worker"; };', f'1: worker.address: found "worker", allowed is {WORKER}'),
    ('worker = { address = "unix:sock"; };', f'1: worker.address: found "unix:sock", allowed is {WORKER}'),
    # Mistakes of several keys together.
    (
        '\nsettings = { server = "MARS"; };',
        '2: settings.server: found "MARS", allowed is the label of a supported server',
    ),
    (
        'settings = { server = "2"; };',
        '1: settings.server: found "2", allowed is a label of the list servers of at most 64 bytes',
    ),
    (
        'settings = { server = "APJC"; };',
        '1: settings.server: found "APJC", allowed is the label of a supported server',
    ),
    (
        'servers = ( { label = "A"; fqdn = "a.b"; } );',
        ' settings.server: found "AMERICAS", allowed is the label of a supported server',
    ),
    (
        "timing = { backoff_initial = 10;\nbackoff_cap = 5; };",
        "2: timing.backoff_cap: found 5, allowed is at least timing.backoff_initial, which is 10",
    ),
    (
        'network = { ca_bundle = ""; };',
        "1: network.ca_bundle: found nothing here nor in network.ca_file, one is required",
    ),
    (
        'network = { proxy_password_file = "/nonexistent"; };',
        '1: network.proxy_password_file: found "/nonexistent" (No such file or directory), allowed is the absolute '
        "path of a readable file, or credential:NAME, of at most 512 bytes",
    ),
    (
        'network = { proxy_password_file = "/dev/null"; };',
        '1: network.proxy_password_file: found "/dev/null" (Wrong medium type), allowed is the absolute path of a '
        "readable file, or credential:NAME, of at most 512 bytes",
    ),
    # The syntax.
    ("timing = {\n  backoff_initial = ;\n};", "2: syntax error"),
    ('log = { level = "info"; };\nlog = { };', '2: duplicate setting name "log"'),
    ('log = {\n  level = "info";\n  level = 5;\n};', '3: duplicate setting name "level"'),
]


def check(path):
    return programs.run(programs.program("threatresponsed"), "--check-config", "--config", path)


@pytest.fixture(name="file")
def make_file(tmp_path):
    return tmp_path / "test.conf"


@pytest.mark.complaint("configuration: a bad file or value is replaced by a default")
@pytest.mark.parametrize("text, message", BAD, ids=[message.split(":")[1].strip() or message for _, message in BAD])
def test_bad_configuration(file, text, message):
    file.write_text(text)
    result = check(file)
    assert (result.returncode, result.stdout) == (78, "")
    assert result.stderr == f"{file}:{message}\n"


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda path: None, "can't open the configuration: No such file or directory"),
        (lambda path: path.mkdir(), "the configuration is not a regular file"),
        (os.mkfifo, "the configuration is not a regular file"),
        (lambda path: path.write_text("#" * (1024 * 1024 + 1)), "found 1048577 bytes, allowed are 1048576"),
    ],
    ids=["missing", "directory", "fifo", "too large"],
)
def test_unreadable_configuration(file, make, message):
    make(file)
    result = check(file)
    assert (result.returncode, result.stderr) == (78, f"{file}: {message}\n")


@pytest.mark.complaint("configuration: a mistyped key is ignored silently")
def test_every_error_is_told(file):
    file.write_text("a = 1;\ntiming = {\n  b = 2;\n  refresh_jitter = 9;\n};\n")
    assert check(file).stderr.splitlines() == [
        f"{file}:1: a: found an unknown key, allowed are {GROUPS}",
        f"{file}:3: timing.b: found an unknown key, allowed are {TIMING}",
        f"{file}:4: timing.refresh_jitter: found the integer 9, allowed is a number from 0 to 0.5",
    ]


def test_a_secret_in_the_wrong_place_is_not_printed(file):
    file.write_text('network = { proxy = "http://user:very-secret@proxy/"; };')
    result = check(file)
    assert result.returncode == 78
    assert result.stderr.startswith(f"{file}:1: network.proxy: found a text that is not shown here, allowed is ")
    assert "very-secret" not in result.stderr


EMPTY = "found no settings: the defaults hold at a start, but a reload does not replace settings by them"


@pytest.mark.parametrize(
    "text, warning",
    [
        ("", EMPTY),
        ("# nothing but a comment\n", EMPTY),
        ("timing = { refresh_interval = 0x10; backoff_cap = 20; };", None),
    ],
)
def test_good_configuration(file, text, warning):
    file.write_text(text)
    result = check(file)
    assert (result.returncode, result.stdout) == (0, f"{file}: the configuration is good.\n")
    assert result.stderr == (f"{file}: {warning}\n" if warning else "")


def test_the_sandbox_writes_a_good_one(cloud):
    assert check(cloud.directory / "threatresponsed.conf").returncode == 0


def test_check_config_touches_nothing(idle):
    result = programs.run(*idle.command("--check-config"))
    assert result.returncode == 0
    assert not idle.state_directory.exists() and not idle.socket.exists()


# Reload
