"""The wire by hand: byte sequences, each with the exact answer and the fate of the connection."""

import pytest

COMMITS = b'{"method":"org.threatresponse.agent.ListCommits"}\0'
NONE = b'{"parameters":{"commits":[]}}\0'
CLEAR = b'{"method":"org.threatresponse.agent.ClearStaged"}\0'
CLEARED = b'{"parameters":{"dropped":false}}\0'
LIST = b'"method":"org.threatresponse.agent.ListCommits"'


def error(name, parameter, value):
    return b'{"error":"org.varlink.service.%s","parameters":{"%s":"%s"}}\0' % (name, parameter, value)


def call(more):
    return b"{" + LIST + more + b"}\0"


# Calls that are answered; the connection goes on.
GOOD = {
    "a call": (COMMITS, NONE),
    "white space": (b' \t\r\n{ "method" :\n"org.threatresponse.agent.ListCommits"\t} \r\n\0', NONE),
    "keys in another order": (b'{"parameters":{},' + LIST + b"}\0", NONE),
    "empty parameters": (call(b',"parameters":{}'), NONE),
    "null parameters": (call(b',"parameters":null'), NONE),
    "flags that are false": (call(b',"more":false,"oneway":false,"upgrade":false'), NONE),
    "more, where there is one answer": (call(b',"more":true'), NONE),
    "escapes in the method": (b'{"method":"org.threatresponse.agent.List\\u0043ommits"}\0', NONE),
    "escaped keys": (b'{"\\u006dethod":"org.threatresponse.agent.ListCommits"}\0', NONE),
    "three calls in one": (COMMITS + CLEAR + COMMITS, NONE + CLEARED + NONE),
    "oneway": (call(b',"oneway":true'), b""),
    "oneway between others": (COMMITS + call(b',"oneway":true') + CLEAR, NONE + CLEARED),
    "oneway to nothing": (b'{"method":"a.b.C","oneway":true}\0', b""),
    "oneway with a bad parameter": (call(b',"oneway":true,"parameters":{"x":1}'), b""),
    "no such interface": (b'{"method":"a.b.C"}\0', error(b"InterfaceNotFound", b"interface", b"a.b")),
    "no such method": (
        b'{"method":"org.threatresponse.agent.List"}\0',
        error(b"MethodNotFound", b"method", b"org.threatresponse.agent.List"),
    ),
    "an empty method": (b'{"method":""}\0', error(b"InvalidParameter", b"parameter", b"method")),
    "a method without an interface": (b'{"method":"x"}\0', error(b"InvalidParameter", b"parameter", b"method")),
    "a dot only": (b'{"method":"."}\0', error(b"InterfaceNotFound", b"interface", b"")),
    "names that are no ASCII": (
        '{"method":"ä.\U0001f600"}\0'.encode(),
        error(b"InterfaceNotFound", b"interface", "ä".encode()),
    ),
    "names that need escapes": (
        b'{"method":"a\\"\\\\\\n.b"}\0',
        error(b"InterfaceNotFound", b"interface", b'a\\"\\\\\\n'),
    ),
    "an unknown parameter": (call(b',"parameters":{"x":1}'), error(b"InvalidParameter", b"parameter", b"x")),
    "an unknown parameter that is null": (
        call(b',"parameters":{"x":null}'),
        error(b"InvalidParameter", b"parameter", b"x"),
    ),
    "a wrong type": (
        b'{"method":"org.threatresponse.agent.Stage","parameters":{"enabled":0}}\0',
        error(b"InvalidParameter", b"parameter", b"enabled"),
    ),
    "an optional parameter that is null": (
        b'{"method":"org.threatresponse.agent.Commit","parameters":{"comment":null}}\0',
        b'{"error":"org.threatresponse.agent.NothingStaged","parameters":{}}\0',
    ),
    "a stream is demanded where more is missing": (
        b'{"method":"org.threatresponse.agent.Check"}\0',
        b'{"error":"org.varlink.service.ExpectedMore","parameters":{}}\0',
    ),
    "fifteen levels": (
        call(b',"parameters":' + b'{"x":' * 14 + b"1" + b"}" * 14),
        error(b"InvalidParameter", b"parameter", b"x"),
    ),
}

# Bytes that close the connection, after the answers to earlier calls.
BAD = {
    "nothing": b"\0",
    "white space only": b" \0",
    "text": b"hello\0",
    "HTTP": b"GET / HTTP/1.1\r\n\r\n\0",
    "an array": b"[" + COMMITS[:-1] + b"]\0",
    "a string": b'"x"\0',
    "null": b"null\0",
    "an empty object": b"{}\0",
    "half an object": COMMITS[:-2] + b"\0",
    "a brace too many": COMMITS[:-1] + b"}\0",
    "two objects": COMMITS[:-1] + COMMITS,
    "a comma too many": call(b","),
    "a byte order mark": b"\xef\xbb\xbf" + COMMITS,
    "a comment": COMMITS[:-1] + b"/**/\0",
    "single quotes": b"{'method':'a.b.C'}\0",
    "a method twice": call(b"," + LIST),
    "a method twice, once escaped": call(b',"\\u006dethod":"a.b.C"'),
    "a parameter twice": call(b',"parameters":{"x":1,"x":2}'),
    "an unknown key": call(b',"extra":null'),
    "a key of a reply": call(b',"continues":true'),
    "no method": b'{"parameters":{}}\0',
    "a method that is a number": b'{"method":1}\0',
    "a method that is null": b'{"method":null}\0',
    "parameters that are an array": call(b',"parameters":[]'),
    "parameters that are false": call(b',"parameters":false'),
    "more as a number": call(b',"more":1'),
    "more as null": call(b',"more":null'),
    "oneway as text": call(b',"oneway":"true"'),
    "oneway with more": call(b',"oneway":true,"more":true'),
    "an upgrade": call(b',"upgrade":true'),
    "an upgrade with more": call(b',"more":true,"upgrade":true'),
    "oneway with an upgrade": call(b',"oneway":true,"upgrade":true'),
    "no upgrade as a number": call(b',"upgrade":0'),
    "a word in capitals": call(b',"more":True'),
    "not a number": call(b',"parameters":{"x":NaN}'),
    "infinity": call(b',"parameters":{"x":-Infinity}'),
    "a number that begins with zero": call(b',"parameters":{"x":01}'),
    "a number with a plus": call(b',"parameters":{"x":+1}'),
    "a number without digits": call(b',"parameters":{"x":-}'),
    "a control character": call(b',"parameters":{"x":"\n"}'),
    "an escape that is none": call(b',"parameters":{"x":"\\q"}'),
    "an escaped NUL": call(b',"parameters":{"x":"\\u0000"}'),
    "bytes that are no UTF-8": call(b',"parameters":{"x":"\xff"}'),
    "an overlong form": call(b',"parameters":{"x":"\xc0\xaf"}'),
    "half a surrogate": b'{"method":"\\ud800.a"}\0',
    "a surrogate in UTF-8": call(b',"parameters":{"x":"\xed\xa0\x80"}'),
    "sixteen levels": call(b',"parameters":' + b'{"x":' * 15 + b"1" + b"}" * 15),
}


def whole(connection, data):
    connection.send(data)


def byte_by_byte(connection, data):
    for i in range(len(data)):
        connection.send(data[i : i + 1])


def in_odd_pieces(connection, data):
    for i in range(0, len(data), 7):
        connection.send(data[i : i + 7])


WAYS = [whole, byte_by_byte, in_odd_pieces]


def read(connection, size):
    data = b""
    while len(data) < size:
        more = connection.socket.recv(size - len(data))
        assert more, f"closed after {data!r}"
        data += more
    return data


def read_all(connection):
    data = b""
    while True:
        try:
            more = connection.socket.recv(65536)
        except ConnectionResetError:
            more = b""
        if not more:
            return data
        data += more


@pytest.mark.parametrize("way", WAYS)
def test_what_is_answered(agent, way):
    for name, (data, answer) in GOOD.items():
        with agent.connect() as connection:
            way(connection, data)
            # The next message is the answer to one more call: the connection goes on, and nothing else was sent.
            connection.send(COMMITS)
            assert read(connection, len(answer + NONE)) == answer + NONE, name


@pytest.mark.parametrize("way", WAYS)
def test_all_of_it_on_one_connection(agent, way):
    with agent.connect() as connection:
        way(connection, b"".join(data for data, _ in GOOD.values()))
        expected = b"".join(answer for _, answer in GOOD.values())
        assert read(connection, len(expected)) == expected


@pytest.mark.parametrize("way", WAYS)
def test_what_closes_the_connection(agent, way):
    for name, data in BAD.items():
        for before, answer in ((b"", b""), (COMMITS + CLEAR, NONE + CLEARED)):
            with agent.connect() as connection:
                try:
                    way(connection, before + data + COMMITS)
                except (BrokenPipeError, ConnectionResetError):
                    pass
                assert read_all(connection) == answer, name
    with agent.connect() as connection:
        connection.send(COMMITS)
        assert read(connection, len(NONE)) == NONE


def test_a_watch_has_its_connection_for_itself(agent):
    """The watcher gets the state only: the daemon takes no call behind it."""
    with agent.connect() as connection:
        connection.send(b'{"method":"org.threatresponse.agent.GetStatus","more":true}\0' + COMMITS + CLEAR)
        first = connection.receive()
        assert first["continues"] is True and set(first) == {"parameters", "continues"}
        agent.call("Stage", {"enabled": True})
        second = connection.receive()
        assert second["continues"] is True and len(second["parameters"]["status"]["staged"]) == 1
