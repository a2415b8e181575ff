"""Requests of the worker to a regional server, with any characters: Python's parser reads them strictly."""

import json
import re

import pytest

from support import wire
from support.foreign import Answer, ForeignServer
from support.worker import Worker

GUID = "1f0a0000-0000-4000-8000-000000000000"
TEXTS = [
    'the "gateway"',
    "C:\\new\\table\\u0041",
    "one\ntwo\r\n\ttab",
    "bell \x07 escape \x1b delete \x7f",
    "Zürich – 中央 \U0001f512",
    "x" * 253 + "ü",
    "</script>/etc",
    '{"a":[1,2],"b":null}',
    " ",
]


@pytest.fixture(name="server")
def make_server(tmp_path):
    with ForeignServer(tmp_path) as server:
        server.answers["contexts"] = Answer(201, b"{}")
        server.answers["activations"] = Answer(201, b'{"enrollment":{"scheme":"bearer","secret":"s3cret"}}')
        yield server


@pytest.fixture(name="worker")
def make_worker(server):
    network = {"caBundle": str(server.tls.certificate), "connectTimeout": 10000, "timeout": 20000}
    with Worker(network) as worker:
        yield worker


def strictly(body):
    """Parses RFC 8259 strictly: unlike Python's default, without duplicate names, NaN and other encodings."""

    def once(pairs):
        assert len(dict(pairs)) == len(pairs), f"a name stands twice: {pairs}"
        return dict(pairs)

    def number(text):
        raise AssertionError(f"{text} is no JSON")

    return json.loads(body.decode("utf-8"), object_pairs_hook=once, parse_constant=number)


@pytest.mark.complaint("enrolment: a quote, a backslash or UTF-8 in a name breaks the request")
def test_every_character_arrives(server, worker):
    for text in TEXTS:
        server.requests.clear()
        client = {"guid": GUID, "name": text, "type": text, "version": text, "description": text}
        worker.call("CreateContext", url=server.url + "/contexts", client=client, exchange=text, refreshInterval=1200)
        worker.call("Activate", url=server.url + "/activations", token=text)
        context, activation = (strictly(request.body) for request in server.requests)
        assert context["clientInfo"] == client
        assert context["settings"]["exchange"]["fqdn"] == text
        assert activation == {"token": text}


KIB = 1024
# Answers as large as are taken. What they would become in memory is hundreds of times as much.
LARGE = {
    "empty objects": b'{"a":[' + b",".join([b"{}"] * 349_000) + b"]}",
    "empty texts": b'{"a":[' + b",".join([b'""'] * 349_000) + b"]}",
    "numbers": b"{" + b",".join(b'"%x":1' % n for n in range(90_000)) + b"}",
    "nested": b'{"a":' * 170_000 + b"1" + b"}" * 170_000,
    "a text": b'{"a":"' + b"x" * 1_040_000 + b'"}',
    "escapes": b'{"a":"' + rb"\u0041" * 170_000 + b'"}',
    "an error": b'{"error":{"code":"x","message":"' + b"m" * 1_040_000 + b'"}}',
}


@pytest.mark.parametrize("body", LARGE)
def test_a_large_answer_takes_little_memory(server, worker, body):
    client = {"guid": GUID, "name": "", "type": "", "version": "", "description": ""}

    def create(answer):
        server.answers["contexts"] = answer
        parameters = {"url": server.url + "/contexts", "client": client, "exchange": "x", "refreshInterval": 1200}
        try:
            worker.call("CreateContext", **parameters)
        except wire.Error as error:
            assert error.parameters["reason"] in ("unexpected_reply", "server_error")
        with open(f"/proc/{worker.process.pid}/status", encoding="ascii") as file:
            return int(re.search(r"VmHWM:\s+(\d+) kB", file.read())[1])

    before = create(Answer(201, b"{}"))
    assert len(LARGE[body]) < 1024 * KIB
    assert create(Answer(400, LARGE[body])) - before < 8 * KIB


@pytest.mark.complaint("enrolment: a quote, a backslash or UTF-8 in a name breaks the request")
@pytest.mark.parametrize("name", ['the "gateway"', "C:\\new\\u0041", "Zürich – 中央 \U0001f512", "x" * 251 + "ü"])
def test_every_name_of_an_appliance_arrives(idle, cloud, name):
    """The name goes from the configuration to the portal."""
    idle.config.write(identity__name=name, identity__description=name)
    idle.start()
    idle.register()
    assert cloud.devices()[0]["name"] == name
