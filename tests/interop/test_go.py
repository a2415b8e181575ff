"""The Go client, with the types that its generator made of our IDL file."""

import json

from support import programs, wire

ERRORS = [
    ("varlink.InterfaceNotFound", {"interface": "org.example"}),
    ("varlink.MethodNotFound", {"method": "org.threatresponse.agent.Nothing"}),
    ("varlink.InvalidParameter", {"parameter": "token"}),
    ("orgthreatresponseagent.UnknownServer", {"server": "mars"}),
    ("orgthreatresponseagent.NothingStaged", {}),
    ("orgthreatresponseagent.NothingToCancel", {"state": "unregistered"}),
    (
        "orgthreatresponseagent.Refused",
        {
            "reason": "token_malformed",
            "message": "The token is not well-formed (5 characters): a token has 16 to 512 characters of - . _ 0-9 A-Z a-z.",
            "remedy": "Copy the whole token from the Cisco Threat Response portal and register again.",
        },
    ),
]


def go(agent, *arguments, **options):
    result = programs.run(programs.BUILD / "interop" / "client", agent.socket, *arguments, **options)
    assert (result.returncode, result.stderr) == (0, "")
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_service(agent):
    (vendor, product, version, url, interfaces), service, own, casebook = go(agent, "info")
    assert (vendor, product) == ("threatresponsed", "threatresponsed")
    assert version == agent.status()["version"] and url.startswith("https://")
    assert interfaces == ["org.varlink.service", wire.AGENT.name, wire.CASEBOOK.name]
    assert service.count("method ") == 2
    assert own == (wire.SOURCES / "org.threatresponse.agent.varlink").read_text()
    assert casebook == (wire.SOURCES / "org.threatresponse.casebook.varlink").read_text()


def test_errors(ready):
    *seen, status = go(ready, "errors")
    assert [one["type"] for one in seen] == [type_ for type_, _ in ERRORS]
    for one, (_, parameters) in zip(seen, ERRORS):
        if parameters.get("reason"):
            assert one["error"]["reason"] == parameters["reason"]
            assert one["error"]["message"] == parameters["message"] and one["error"]["remedy"]
        else:
            assert {key.lower(): value for key, value in one["error"].items()} == parameters
    assert status == ready.status()


def test_oneway(agent):
    assert go(agent, "oneway") == [agent.status()["staged"][0]]
    assert agent.status()["staged"][0]["enabled"] is True


def test_check(ready):
    results = [one for one in go(ready, "check") if one]
    assert results and all(result["step"] for result in results)


def test_a_whole_registration(agent, cloud):
    """The client stages, commits, watches, registers, gets the certificate and deregisters, and sees each state."""
    commit, *states, certificate = go(agent, "register", "EUROPE", input=cloud.token() + "\n")
    assert (commit["comment"], commit["enabled"], commit["server"]) == ("from Go", True, "EUROPE")
    assert commit == agent.call("ListCommits")["commits"][0]
    seen = [state["registration"]["state"] for state in states]
    assert seen[0] == "unregistered" and set(seen[1:-1]) <= {"unregistered", "registering"}
    assert states[-1] == agent.status()
    reply = agent.call("GetCertificate")
    assert certificate == {"certificate": reply["certificate"], "info": reply["info"]}
    assert [device["guid"] for device in cloud.devices()] == [states[-1]["registration"]["guid"]]

    states = go(agent, "deregister")
    assert states[0]["registration"]["state"] == "registered"
    assert states[-1]["registration"]["state"] == "unregistered"
    assert not cloud.devices()
