"""trctl recognise: what observables a text has, before anything is done with them."""

import json
import os
import socket

import pytest

from support import programs, wire
from support.wire import CASEBOOK

METHOD = f"{CASEBOOK.name}.Recognise"
NOBODY, SOMEBODY = 65534, 65533

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="other users are needed")


def recognise(agent, text, uid=None, **parameters):
    """The items of all replies, each of which is checked against the IDL."""
    with agent.connect(uid) as connection:
        return [item for reply in connection.stream(METHOD, {"text": text, **parameters}) for item in reply["items"]]


def pipe(agent, data, *arguments):
    """Runs trctl recognise with bytes as standard input."""
    path = agent.folder / "text"
    path.write_bytes(data)
    with open(path, "rb") as stdin:
        return agent.ctl(*arguments, stdin=stdin)


def items(result):
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_each_item_has_one_result(agent, cloud):
    found = recognise(agent, "hxxp://example[.]com/x 198.51.100.7:80\n\nEXAMPLE.com, invoice.pdf\nexample[.]com", line=5)
    assert [(item["line"], item["input"]) for item in found] == [
        (5, "hxxp://example[.]com/x"),
        (5, "198.51.100.7:80"),
        (6, ""),
        (7, "EXAMPLE.com"),
        (7, "invoice.pdf"),
        (8, "example[.]com"),
    ]
    assert [(item.get("type"), item.get("value"), item.get("refusal"), item.get("firstLine")) for item in found] == [
        ("url", "http://example.com/x", None, None),
        ("ip", "198.51.100.7", None, None),
        (None, None, "empty", None),
        ("domain", "example.com", None, None),
        (None, None, "file_name", None),
        ("domain", "example.com", None, 7),
    ]
    assert found[1]["notes"] == ["Port 80 was dropped."]
    assert "pdf is no top-level domain" in found[4]["message"]
    assert not cloud.requests()


def test_words_of_the_command_line(agent):
    result = agent.ctl("recognise", "hxxp://example[.]com/x", "198.51.100.7:80")
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.splitlines() == [
        "url      http://example.com/x",
        "ip       198.51.100.7  Port 80 was dropped.",
        "2 observables, 0 repetitions, 0 refused.",
    ]
    result = agent.ctl("recognise", "example", "dot", "com")
    assert result.stdout.splitlines()[0] == "domain   example.com"
    result = agent.ctl("recognise", "readme.md")
    assert result.returncode == 1
    assert "write domain:readme.md" in result.stdout
    result = agent.ctl("recognise", " ")
    assert result.returncode == 1
    assert result.stdout.startswith("refused")


def test_standard_input(agent):
    data = b"198.51.100.7\n\nexample.com\nEXAMPLE[.]COM\nsetup.exe\n"
    for arguments in (["recognise"], ["recognise", "-"]):
        result = pipe(agent, data, *arguments)
        assert (result.returncode, result.stderr) == (1, "")
        lines = result.stdout.splitlines()
        assert lines[:3] == [
            "    1  ip       198.51.100.7",
            "    3  domain   example.com",
            "    4  domain   example.com  (again, as in line 3)",
        ]
        assert lines[3].startswith("    5  refused  setup.exe: setup.exe looks like a file")
        assert lines[4:] == ["2 observables, 1 repetition, 1 refused."]


def test_json(agent):
    result = pipe(agent, b"198.51.100.7\n\n10.0.0.1\n198.51.100.7", "--json", "recognise")
    assert result.returncode == 0
    found = items(result)
    for item in found:
        CASEBOOK.check("RecognisedItem", item, "item")
    assert [item["line"] for item in found] == [1, 2, 3, 4]
    assert found[2]["notes"] == ["A private address."]
    assert found[3]["firstLine"] == 1


@pytest.mark.complaint("commands: one wrong or known line makes a whole list fail")
def test_ten_thousand_lines(agent):
    """Every line has its result, also where the text is sent in several calls, and the daemon answers meanwhile."""
    lines = [f"host-{n // 2}[.]example[.]com" if n % 100 else f"report-{n}.pdf" for n in range(10000)]
    result = pipe(agent, "\n".join(lines).encode(), "--json", "recognise")
    assert result.returncode == 1
    found = items(result)
    assert [item["line"] for item in found] == list(range(1, 10001))
    refused = [item["line"] for item in found if "refusal" in item]
    assert refused == list(range(1, 10001, 100))
    first = {}
    for item in found:
        if "value" in item:
            assert item.get("firstLine") == first.setdefault(item["value"], item["line"]) or "firstLine" not in item
            assert ("firstLine" in item) == (first[item["value"]] != item["line"])
    assert len(first) == 5000
    assert agent.status()["registration"]["state"] == "unregistered"


def test_bytes_that_are_no_text(agent):
    data = b"a\0b.example.com\n\xff\xfe.example.com\n\xe2\x80\xaeexample.com\nexam\x1b[2Jple.com\n\xc2\x9bx.com\nexample.com\n"
    found = items(pipe(agent, data, "--json", "recognise"))
    assert [item.get("refusal") for item in found] == ["control", "encoding", "control", "control", "control", None]
    for arguments in (["recognise"], ["--json", "recognise"]):
        shown = pipe(agent, data, *arguments).stdout
        assert not [c for c in shown if (ord(c) < 32 and c != "\n") or 0x7F <= ord(c) < 0xA0 or c == "\u202e"]


def test_a_line_that_is_too_long(agent):
    found = items(pipe(agent, b"a" * 100000 + b"\nexample.com\n" + b"\x01" * 11000 + b"\nexample.net", "--json", "recognise"))
    assert [(item["line"], item.get("refusal"), item.get("value")) for item in found] == [
        (1, "too_long", None),
        (2, None, "example.com"),
        (3, "too_long", None),
        (4, None, "example.net"),
    ]
    assert found[0]["input"] == "a" * 64 + "..."


def test_a_daemon_that_takes_short_messages_only(idle):
    """The remedy names the setting, and less text is possible with it."""
    idle.config.write(api__max_message=4096)
    idle.start()
    result = pipe(idle, b"example.com\n" * 1000, "recognise")
    assert result.returncode == 3
    assert "set api.max_message of the daemon to at least 60200" in result.stderr
    assert pipe(idle, b"example.com\n" * 100, "recognise").returncode == 0


def test_nothing_at_all(agent):
    result = pipe(agent, b"", "recognise")
    assert (result.returncode, result.stdout) == (1, "0 observables, 0 repetitions, 0 refused.\n")
    assert agent.ctl("recognise", "").returncode == 2
    assert agent.ctl("recognise", *["x"] * 65).returncode == 2


def test_without_a_daemon(idle):
    result = idle.ctl("recognise", "example.com")
    assert result.returncode == 3
    assert "example.com" not in result.stderr


@needs_root
def test_without_permission(idle):
    """A user who may not use the socket is told so, and no worker is started."""
    idle.config.write(api__socket_mode="0600")
    idle.start()
    result = programs.run(
        "setpriv", f"--reuid={NOBODY}", "--clear-groups", programs.program("trctl"), "--socket", idle.socket.name,
        "recognise", "example.com", cwd=idle.folder,
    )
    assert result.returncode == 4
    assert (result.stdout, idle.workers()) == ("", [])


def test_it_needs_more(agent):
    assert agent.error(METHOD, {"text": "x"}) == ("ExpectedMore", {})


def test_limits(idle):
    idle.config.write(api__max_message=1048576)
    idle.start()
    most = 196608
    assert idle.error(METHOD, {"text": "a" * (most + 1)}) == ("InvalidParameter", {"parameter": "text"})
    for line in (0, 2**31):
        assert idle.error(METHOD, {"text": "a", "line": line}) == ("InvalidParameter", {"parameter": "line"})
    (found,) = recognise(idle, "a" * most)
    assert found["refusal"] == "too_long" and len(found["input"]) < 300
    # As many items as such a text can have.
    assert len(recognise(idle, "\n" * most)) == most
    # Each character of the inputs takes six in JSON.
    assert len(recognise(idle, ("\x01" * 4000 + ",") * 30)) == 30


def test_who_leaves_ends_the_worker(idle):
    idle.config.write(api__max_message=1048576)
    idle.start()
    with idle.connect() as connection:
        connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.send(wire.encode(METHOD, {"text": "example.com " * 16000}, more=True))
        programs.until(idle.workers, "a worker")
        assert connection.receive()["continues"] is True
        assert idle.workers()
    programs.until(lambda: not idle.workers(), "the end of the worker")
    assert len(recognise(idle, "example.com")) == 1


def test_who_does_not_read_is_disconnected(idle):
    """Until then the worker waits: nothing is lost for one that is slow, and nothing piles up."""
    idle.config.write(api__max_message=1048576, api__message_timeout=1)
    idle.start()
    with idle.connect() as connection:
        connection.send(wire.encode(METHOD, {"text": "example.com " * 16000}, more=True))
        programs.until(lambda: "did not take the observables" in idle.log(), "the end of the connection")
        programs.until(lambda: not idle.workers(), "the end of the worker")
        with pytest.raises(wire.Closed):
            while True:
                connection.receive()
    idle.config.write(api__message_timeout=10)
    idle.hup()
    assert len(recognise(idle, "example.com " * 16000)) == 16000


@needs_root
def test_what_a_reader_can_cause(idle):
    """A reader may recognise, one text at a time, and leaves a place to others."""
    idle.config.write(api__max_message=1048576)
    idle.start()
    assert recognise(idle, "example.com", uid=NOBODY)[0]["value"] == "example.com"
    held = wire.encode(METHOD, {"text": "example.com " * 16000}, more=True)
    with idle.connect(NOBODY) as first, idle.connect(SOMEBODY) as second:
        first.send(held)
        assert first.receive()["continues"] is True
        name, refused = idle.error_of_stream(METHOD, {"text": "x"}, NOBODY)
        assert (name, refused["reason"]) == ("Refused", "busy")
        second.send(held)
        assert second.receive()["continues"] is True
        name, refused = idle.error_of_stream(METHOD, {"text": "x"}, 65532)
        assert (name, refused["reason"]) == ("Refused", "busy")
        # The last place is for administrators.
        assert len(recognise(idle, "example.net")) == 1


@needs_root
def test_how_often_readers_can(idle):
    """No worker is started for readers without end: here none can be, but each try counts."""
    idle.config.write(worker__address="/nonexistent")
    idle.start()
    # One user has a part of the texts, whoever has had his; the fifth user finds none left.
    for n, allowed in enumerate([30, 30, 30, 30, 0]):
        with idle.connect(NOBODY - n) as connection:
            refusals = []
            for _ in range(allowed + 1):
                with pytest.raises(wire.Error) as error:
                    list(connection.stream(METHOD, {"text": "x"}))
                refusals.append(error.value.parameters)
        assert [refusal["reason"] for refusal in refusals] == ["worker_failed"] * allowed + ["busy"]
        whose = " of yours" if allowed else ""
        assert refusals[-1]["message"] == f"Too many texts{whose} were recognised within a minute."
    assert idle.error_of_stream(METHOD, {"text": "x"}, 0)[1]["reason"] == "worker_failed"


def test_a_worker_that_fails(idle, tmp_path):
    """The command says what has failed, and ends with 1."""
    script = tmp_path / "worker"
    script.write_text("#!/bin/sh\nexit 3\n")
    script.chmod(0o755)
    idle.config.write(worker__address=str(script))
    idle.start()
    result = idle.ctl("recognise", "example.com")
    assert result.returncode == 1
    assert "The worker ended with exit code 3 before it answered." in result.stderr
    assert not result.stdout


def test_the_worker_reads_the_list_when_it_is_confined(tmp_path):
    """The file of the public suffix list is what a worker can still open after a text; a network needs no more."""
    call = wire.encode("org.threatresponse.worker.Recognise", {"text": "example.co.uk co.uk"}, more=True)
    trace = tmp_path / "trace"
    result = programs.run(
        "strace", "-f", "-o", trace, "-e", "trace=openat,landlock_restrict_self", programs.program("threatresponse-worker"),
        input=call.decode(), env=programs.environment(ASAN_OPTIONS="detect_leaks=0"),
    )
    (reply,) = [json.loads(text) for text in result.stdout.split("\0") if text]
    assert [item.get("refusal") for item in reply["parameters"]["items"]] == [None, "public_suffix"]
    lines = trace.read_text().splitlines()
    confined = max(n for n, line in enumerate(lines) if "landlock_restrict_self" in line)
    opened = [line for line in lines[confined:] if "openat" in line and "= -1" not in line]
    assert opened and all("/usr/share/publicsuffix/" in line for line in opened)
