"""Registration: the happy path of each region, and every token that is refused."""

import pytest

from support.cloud import SSE_HOSTS, STEPS

UUID = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"


@pytest.mark.complaint("enrolment: a command reports a registration that the status denies")
@pytest.mark.parametrize("region", sorted(SSE_HOSTS))
def test_each_region(agent, cloud, region):
    agent.enable(region)
    token = cloud.token(region)
    result = agent.ctl("register", "--wait=30", input=token + "\n")
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines() == [
        "The appliance registration is in progress.",
        *[f"{step} ... done" for step in STEPS],
        "The Content Security Management appliance is successfully registered with the Cisco Threat Response portal.",
    ]

    registration = agent.registration()
    assert registration["state"] == "registered"
    assert registration["health"] == "ok"
    assert registration["server"]["label"] == region
    assert registration["server"]["fqdn"] == SSE_HOSTS[region]
    assert registration["tenant"]["name"] == "Sandbox Inc."
    assert registration["attempt"] == 0
    assert "lastFailure" not in registration and "operation" not in registration
    assert registration["certificate"]["subject"] == f"CN={registration['guid']}"
    assert registration["certificate"]["keyType"] == "ec_p256"

    (device,) = cloud.devices()
    assert device["guid"] == registration["guid"]
    assert device["region"] == region
    assert device["status"] == "enrolled"
    assert device["name"] == "gateway.example.com"
    assert device["certificateSerial"] == registration["certificate"]["serial"]


def test_requests_in_order(registered, cloud):
    guid = registered.registration()["guid"]
    # The prefetch from the configured EST server, without the label, comes at any time.
    requests = [one for one in cloud.requests() if one.path not in ("/.well-known/est/cacerts", "/.well-known/est/csrattrs")]
    assert [(one.method, one.path, one.status) for one in requests] == [
        ("POST", "/v1/contexts", "201"),
        ("POST", f"/v1/contexts/{guid}/activations", "201"),
        ("GET", "/.well-known/est/eu/cacerts", "200"),
        ("GET", "/.well-known/est/eu/csrattrs", "204"),
        ("POST", "/.well-known/est/eu/simpleenroll", "200"),
        ("GET", f"/v1/contexts/{guid}/status", "200"),
    ]
    identifiers = [one.id for one in cloud.requests()]
    assert len(set(identifiers)) == len(identifiers)
    for identifier in identifiers:
        assert identifier in registered.log()


@pytest.mark.parametrize("scheme", ["bearer", "basic"])
@pytest.mark.parametrize("key_type", ["ec_p256", "ec_p384", "rsa_2048", "rsa_3072"])
def test_enrolment(idle, cloud, scheme, key_type):
    cloud.restart("--enrollment", scheme)
    idle.config.write(est__key_type=key_type)
    idle.start()
    assert idle.register()["certificate"]["keyType"] == key_type


def test_apjc_is_not_supported(agent):
    assert agent.error("Stage", {"server": "APJC"}) == ("UnsupportedServer", {"server": "APJC"})
    result = agent.ctl("server", "apjc")
    assert result.returncode == 1
    assert "does not support the server apjc" in result.stderr


def test_one_line_of_configuration_makes_apjc_work(idle, cloud):
    idle.config.base = idle.config.base.replace("supported = false", "supported = true")
    idle.config.write()
    idle.start()
    idle.enable("APJC")
    idle.register(cloud.token("APJC"))
    assert [device["region"] for device in cloud.devices()] == ["APJC"]


# Tokens that are refused


@pytest.mark.parametrize(
    "token, length",
    [("short", 5), ("fifteen-letters", 15), ("a" * 513, 513), ("a" * 20 + " ", 21), ("a" * 20 + "!", 21), ("", 0)],
)
def test_malformed_token(ready, cloud, token, length):
    assert ready.error("Register", {"token": token}) == (
        "Refused",
        {
            "reason": "token_malformed",
            "message": f"The token is not well-formed ({length} characters): "
            "a token has 16 to 512 characters of - . _ 0-9 A-Z a-z.",
            "remedy": "Copy the token from the portal again: 16 to 512 letters, digits, '-', '_' or '.'.",
        },
    )
    assert ready.registration()["state"] == "unregistered"
    assert cloud.requests() == []


def test_white_space_around_a_token_is_no_fault(ready, cloud):
    result = ready.ctl("register", "--wait=30", input=f"\r\n  {cloud.token()} \t\r\n\n")
    assert result.returncode == 0, result.stderr


def refused_token(cloud, agent, kind):
    if kind == "invalid":
        return "never-minted.by_any.portal-0123456789"
    if kind == "expired":
        return cloud.token("EUROPE", "--expired")
    if kind == "wrong region":
        return cloud.token("AMERICAS")
    token = cloud.token()
    agent.register(token)
    agent.call("Deregister")
    agent.wait_state("unregistered")
    return token


@pytest.mark.complaint("enrolment: a refused token is taken for a network fault, is sent again, or leaves data behind")
@pytest.mark.complaint("enrolment: the reply is lost after the token was used, and the next attempt is refused")
@pytest.mark.complaint("enrolment: nothing works after a refused token until a restart")
@pytest.mark.parametrize(
    "kind, reason, message",
    [
        ("invalid", "token_rejected", "answered 401 token_invalid: The token was never issued."),
        ("expired", "token_rejected", "answered 401 token_expired: The token has expired."),
        ("used", "token_rejected", "answered 403 token_used: The token was used by another device."),
        ("wrong region", "wrong_region", "answered 403 wrong_region: The token is for another region."),
    ],
)
def test_refused_token(ready, cloud, kind, reason, message):
    token = refused_token(cloud, ready, kind)
    before = cloud.count("POST", "")
    result = ready.ctl("register", "--wait=30", input=token)
    assert result.returncode == 7
    assert result.stdout.splitlines()[-1] == "activation ... failed"
    assert "api.eu.sse.itd.cisco.com:443 " + message in result.stderr
    if reason == "token_rejected":
        assert "The registration failed because of an invalid or expired token key." in result.stderr

    registration = ready.registration()
    failure = registration["lastFailure"]
    assert registration["state"] == "unregistered"
    assert failure["reason"] == reason
    assert failure["permanent"] is True
    assert (failure["operation"], failure["step"]) == ("register", "activation")
    assert failure["requestId"] in [one.id for one in cloud.requests()]
    assert token not in ready.state_file.read_text()
    # The agent doesn't ask again.
    assert cloud.count("POST", "") == before + 2

    # The next good token works with the existing context.
    ready.register()
    assert len(cloud.devices()) == 1
    assert ready.registration()["guid"] == registration["guid"]
    assert "lastFailure" not in ready.registration()


@pytest.mark.complaint("identity: an id or name that is already taken makes a loop")
def test_guid_of_another_tenant(ready, cloud):
    cloud.fault("activations", "status", 409, "--code", "device_conflict")
    result = ready.ctl("register", "--wait=30", input=cloud.token())
    assert result.returncode == 7
    assert ready.registration()["state"] == "unregistered"
    assert ready.registration()["lastFailure"]["reason"] == "device_conflict"


@pytest.mark.complaint("enrolment: a network fault or a captive portal is reported as a refused token")
@pytest.mark.parametrize("body", ["html", "bad-json", "empty"])
def test_a_captive_portal_is_no_refused_token(ready, cloud, body):
    cloud.fault("activations", "status", 401)
    cloud.fault("activations", body)
    ready.begin_registration()
    failure = ready.wait_failure("unexpected_reply", "activation")["lastFailure"]
    assert failure["permanent"] is False
    cloud.clear()
    ready.wait_state("registered")


# Registrations that are refused


def test_register_while_disabled(agent, cloud):
    result = agent.ctl("register", input=cloud.token())
    assert result.returncode == 1
    assert result.stderr.splitlines() == [
        "trctl: The Cisco Threat Response feature is currently disabled on your appliance.",
        "trctl: Enable the Cisco Threat Response feature and commit, then try again.",
    ]
    assert cloud.requests() == []


def test_register_while_registered(registered, cloud):
    result = registered.ctl("register", input=cloud.token())
    assert result.returncode == 5
    assert result.stderr.splitlines()[0] == "trctl: The appliance is registered with EUROPE already."


def test_register_while_registering(ready, cloud):
    cloud.hold("activation")
    ready.begin_registration()
    ready.wait_step("activation")
    result = ready.ctl("register", input=cloud.token())
    assert result.returncode == 6
    assert result.stderr.splitlines()[0] == "trctl: The appliance is being registered with EUROPE already."


def test_register_while_deregistering(registered, cloud):
    cloud.hold("delete")
    registered.call("Deregister")
    registered.wait_step("delete")
    name, parameters = registered.error("Register", {"token": cloud.token()})
    assert (name, parameters["reason"]) == ("Refused", "busy")
    assert parameters["message"] == "The appliance is being deregistered from EUROPE."


def test_cancel(ready, cloud):
    cloud.hold("certificate")
    ready.begin_registration()
    guid = ready.wait_step("certificate")["guid"]
    result = ready.ctl("cancel")
    assert result.returncode == 0
    assert result.stdout == "The registration is cancelled: the appliance is unregistered.\n"
    assert ready.registration()["state"] == "unregistered"
    assert set(ready.saved()) == {"state", "since", "guid", "requestedBy"}
    cloud.clear()
    assert ready.register()["guid"] == guid
    assert len(cloud.devices()) == 1


def test_registration_is_answered_at_once(ready, cloud):
    """The prompt comes back while the cloud is silent, and the status is answered."""
    cloud.hold("context")
    result = ready.ctl("register", input=cloud.token())
    assert (result.returncode, result.stdout) == (0, "The appliance registration is in progress.\n")
    assert ready.wait_step("context")["state"] == "registering"
    assert ready.ctl("register", "--wait=0", input="x" * 20).returncode == 6


@pytest.mark.complaint("commands: a command that waits for the cloud never ends")
def test_waiting_has_an_end(ready, cloud):
    cloud.hold("context")
    result = ready.ctl("register", "--wait=0", input=cloud.token())
    assert result.returncode == 8
    assert "it goes on in the background" in result.stderr
    assert ready.registration()["state"] == "registering"
