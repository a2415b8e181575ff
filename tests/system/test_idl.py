"""The programs return the IDL and follow it: every method, every parameter, every reply."""

import json
import re

import pytest

from support import idl, programs, wire
from support.wire import AGENT, CASEBOOK, SERVICE, WORKER

WRONG = {"bool": "true", "int": "1", "string": 1, "object": 1}


def wrong_value(interface, type_):
    """Returns a value that is not of the type."""
    if isinstance(type_, tuple):
        return 1 if type_[0] != "?" else wrong_value(interface, type_[1])
    if isinstance(type_, str) and type_ in interface.types:
        return wrong_value(interface, interface.types[type_])
    if isinstance(type_, list):
        return "none of them"
    return 1 if isinstance(type_, dict) else WRONG[type_]


def example(interface, type_):
    """Returns a value with the shape of the type."""
    if isinstance(type_, tuple):
        return [] if type_[0] != "?" else None
    if isinstance(type_, str) and type_ in interface.types:
        return example(interface, interface.types[type_])
    if isinstance(type_, list):
        return type_[0]
    if isinstance(type_, dict):
        return {name: example(interface, inner) for name, inner in type_.items() if not idl.is_optional(inner)}
    return {"bool": True, "int": 1000, "string": "1f0a3c5e-0000-4000-8000-00000000cafe", "object": {}}[type_]


def cases(interface):
    """Yields calls that are wrong in one parameter, each with the parameter that the error must name."""
    for method, (parameters, _) in interface.methods.items():
        good = example(interface, parameters)
        yield method, {**good, "noSuchParameter": 1}, "noSuchParameter"
        for name, type_ in parameters.items():
            yield method, {**good, name: wrong_value(interface, type_)}, name
            if not idl.is_optional(type_):
                yield method, {key: value for key, value in good.items() if key != name}, name
        for name, type_ in parameters.items():
            members = interface.types.get(type_) if isinstance(type_, str) else None
            for inner, inner_type in members.items() if isinstance(members, dict) else []:
                spoilt = {**good[name], inner: wrong_value(interface, inner_type)}
                yield method, {**good, name: spoilt}, f"{name}.{inner}"


def ids(interface):
    return [f"{method}-{name}" for method, _, name in cases(interface)]


@pytest.mark.parametrize("method, parameters, name", list(cases(AGENT)), ids=ids(AGENT))
def test_parameters_of_the_agent(agent, method, parameters, name):
    assert agent.error(method, parameters) == ("InvalidParameter", {"parameter": name})


@pytest.mark.parametrize("method, parameters, name", list(cases(CASEBOOK)), ids=ids(CASEBOOK))
def test_parameters_of_the_casebook(agent, method, parameters, name):
    error = agent.error(f"{CASEBOOK.name}.{method}", parameters)
    assert error == ("InvalidParameter", {"parameter": name})


@pytest.mark.parametrize("method, parameters, name", list(cases(WORKER)), ids=ids(WORKER))
def test_parameters_of_the_worker(method, parameters, name):
    call = wire.encode(f"{WORKER.name}.{method}", parameters).decode()
    result = programs.run(programs.program("threatresponse-worker"), input=call)
    assert json.loads(result.stdout.split("\0")[0]) == {
        "error": "org.varlink.service.InvalidParameter",
        "parameters": {"parameter": name},
    }


@pytest.mark.parametrize("interface", ["agent", "casebook", "worker"])
def test_description_is_the_source(agent, interface):
    source = (wire.SOURCES / f"org.threatresponse.{interface}.varlink").read_text()
    call = ("org.varlink.service.GetInterfaceDescription", {"interface": f"org.threatresponse.{interface}"})
    if interface != "worker":
        description = agent.call(*call)["description"]
    else:
        result = programs.run(programs.program("threatresponse-worker"), input=wire.encode(*call).decode())
        description = json.loads(result.stdout.split("\0")[0])["parameters"]["description"]
    assert description == source


def test_description_of_the_service(agent):
    """org.varlink.service is described as in this suite's own text of it."""
    text = agent.call("org.varlink.service.GetInterfaceDescription", {"interface": SERVICE.name})["description"]
    told = idl.Interface(text)
    assert (told.methods, told.errors, told.types) == (SERVICE.methods, SERVICE.errors, SERVICE.types)


def test_get_info(agent):
    info = agent.call("org.varlink.service.GetInfo")
    assert info["product"] == "threatresponsed"
    assert info["interfaces"] == ["org.varlink.service", AGENT.name, CASEBOOK.name]
    assert info["version"] == agent.status()["version"]


def test_every_method_answers(registered, cloud):
    """call() checks the reply of each method to its last member, before and after a registration."""
    cloud.fault("simplereenroll", "status", 503, "--retry-after", "3600")
    answered = {
        "GetStatus": registered.call("GetStatus"),
        "ListServers": registered.call("ListServers"),
        "Stage": registered.call("Stage", {"enabled": False}),
        "GetSettings": registered.call("GetSettings"),
        "ClearStaged": registered.call("ClearStaged"),
        "ListCommits": registered.call("ListCommits"),
        "GetCertificate": registered.call("GetCertificate"),
        "GetMetrics": registered.call("GetMetrics"),
        "Renew": registered.call("Renew"),
        "Reload": registered.call("Reload"),
    }
    registered.wait_failure("server_error")
    answered["Retry"] = registered.call("Retry")
    registered.call("Stage", {"enabled": False})
    answered["Commit"] = registered.call("Commit", {"comment": "off"})
    registered.enable()
    answered["Deregister"] = registered.call("Deregister")
    registered.wait_state("unregistered")
    cloud.hold("context")
    answered["Register"] = registered.call("Register", {"token": cloud.token()})
    answered["Cancel"] = registered.call("Cancel")
    with registered.connect() as connection:
        *_, answered["Check"] = connection.stream("Check")
    answered["ResetIdentity"] = registered.call("ResetIdentity")
    with registered.connect() as connection:
        *_, answered["Recognise"] = connection.stream(f"{CASEBOOK.name}.Recognise", {"text": "example.com"})
    assert set(answered) == {*AGENT.methods, *CASEBOOK.methods}
    assert answered["Register"] == answered["Deregister"] == answered["Renew"] == answered["ResetIdentity"] == {}
    assert answered["Cancel"] == {"operation": "register"}
    assert answered["Retry"] == {"operation": "renew"}


def test_types_of_both_files_agree():
    for name in set(AGENT.types) & set(WORKER.types):
        agents, workers = AGENT.types[name], WORKER.types[name]
        if name == "CertificateInfo":
            # The agent's certificate also says when it is renewed.
            agents = {key: value for key, value in agents.items() if key != "nextRenewal"}
        assert agents == workers
    for name in CASEBOOK.types:
        assert CASEBOOK.types[name] == WORKER.types[name]


TWICE = "interface a\ntype X (a: int)\nmethod X () -> ()\n"


@pytest.mark.parametrize("text", ["interface", "interface a\nmethod X(", "interface a\nnothing X ()", "interface a\n%", TWICE])
def test_the_parser_refuses_what_is_no_idl(text):
    with pytest.raises((idl.Mismatch, IndexError)):
        idl.Interface(text)


@pytest.mark.parametrize(
    "value, path",
    [
        ({}, "s.a"),
        ({"a": "1"}, "s.a"),
        ({"a": True}, "s.a"),
        ({"a": 1, "b": "z"}, "s.b"),
        ({"a": 1, "c": 1}, "s.c"),
        ([], "s"),
    ],
)
def test_the_check_finds_what_is_wrong(value, path):
    interface = idl.Interface("interface a.b\n# a comment\ntype S (a: int, b: ?(x, y))\n")
    interface.check("S", {"a": 1, "b": "x"}, "s")
    interface.check("S", {"a": 1}, "s")
    with pytest.raises(idl.Mismatch, match=path.replace(".", r"\.")):
        interface.check("S", value, "s")


def enumerations(interface):
    """The names of each enumeration by what C calls it."""

    def walk(type_, name):
        if isinstance(type_, tuple):
            yield from walk(type_[1], name)
        elif isinstance(type_, list):
            yield re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name).upper(), type_
        elif isinstance(type_, dict):
            for field, inner in type_.items():
                yield from walk(inner, f"{name}_{field}")

    for name, type_ in [*interface.types.items(), *interface.errors.items()]:
        yield from walk(type_, name)
    for name, (parameters, reply) in interface.methods.items():
        yield from walk(parameters, name)
        yield from walk(reply, name)


@pytest.mark.parametrize("interface", [AGENT, WORKER], ids=["agent", "worker"])
def test_the_headers_have_every_enumeration(interface):
    """src/varlink/enums.awk reads the files as this parser does."""
    name = interface.name.rpartition(".")[2]
    header = (programs.BUILD / "generated" / "varlink" / f"{name}.h").read_text(encoding="utf-8")
    made = dict(re.findall(rf"^#define {name.upper()}_(\w+)_NAMES (.*)$", header, re.M))
    assert {key: re.findall(r'"(\w+)"', names) for key, names in made.items()} == dict(enumerations(interface))
    assert f'#define {name.upper()}_INTERFACE "{interface.name}"' in header
