"""A committed server that leaves the list, or is not supported any more: nothing is asked of anyone, and that is said."""

import re

import pytest

EUROPE = "api.eu.sse.itd.cisco.com"
AMERICAS = "api-sse.cisco.com"

# The list of servers after the reload: EUROPE is what the administrator has committed.
LISTS = {
    "renamed": [("EU", EUROPE, True), ("AMERICAS", AMERICAS, True)],
    "removed": [("AMERICAS", AMERICAS, True)],
    "not supported": [("EUROPE", EUROPE, False), ("AMERICAS", AMERICAS, True)],
    "its name is another's host": [("X", "europe", True), ("AMERICAS", AMERICAS, True)],
}


def servers(rows):
    return ", ".join(
        f'{{ label = "{label}"; fqdn = "{fqdn}"; supported = {str(supported).lower()}; }}' for label, fqdn, supported in rows
    )


def write_list(agent, rows):
    text = re.sub(r"^servers = \(.*?^\);", f"servers = ( {servers(rows)} );", agent.config.text(), flags=re.M | re.S)
    agent.config.path.write_text(text)


def reload_list(agent, rows):
    write_list(agent, rows)
    agent.hup()
    assert "was not reloaded" not in agent.log()


def check_told(agent):
    assert agent.registration()["health"] == "server_unknown"
    assert "The server EUROPE is not in the list of servers, or not supported: nothing is sent to the cloud." in agent.log()
    check = agent.ctl("check")
    assert check.returncode == 1 and "The server EUROPE is not in the list of servers any more" in check.stderr
    assert "All is well" not in check.stdout


@pytest.mark.parametrize("rows", LISTS.values(), ids=LISTS)
def test_unregistered(idle, rows):
    idle.start()
    idle.enable()
    reload_list(idle, rows)
    error, parameters = idle.error("Register", {"token": idle.cloud.token()})
    assert (error, parameters["reason"]) == ("Refused", "server_unknown")
    assert "EUROPE" in parameters["message"]
    check_told(idle)
    assert idle.cloud.requests() == []


@pytest.mark.parametrize("rows", LISTS.values(), ids=LISTS)
def test_registered(registered, rows):
    agent = registered
    agent.config.write(timing__refresh_interval=0.2)
    before = len(agent.cloud.requests())
    reload_list(agent, rows)
    seen = len(agent.cloud.requests())
    check_told(agent)
    remedy = "and reload, or deregister with --local-only and choose another one."
    assert f"nothing is sent to the cloud. Put the server back into the list of servers in the configuration {remedy}" in agent.log()
    shown = agent.ctl("status").stdout
    assert remedy in shown and "choose another server" not in shown and "()" not in shown
    error, parameters = agent.error("Renew")
    assert (error, parameters["reason"]) == ("Refused", "server_unknown")
    agent.restart()
    check_told(agent)
    assert len(agent.cloud.requests()) == seen >= before
    # Deregistering here only is always possible.
    agent.call("Deregister", {"localOnly": True})
    assert agent.registration()["state"] == "unregistered"
    assert len(agent.cloud.requests()) == seen


@pytest.mark.parametrize(
    "operation, endpoint, way",
    [
        ("register", "contexts", "cancel the registration and choose another one."),
        ("deregister", "delete", "deregister with --local-only and choose another one."),
    ],
)
def test_under_way(ready, cloud, operation, endpoint, way):
    """The log, the health and the last failure have the same remedy, and it is possible."""
    if operation == "deregister":
        ready.register()
    cloud.fault(endpoint, "status", 503)
    if operation == "register":
        ready.begin_registration()
    else:
        ready.call("Deregister")
    ready.wait_for(lambda r: r.get("lastFailure", {}).get("reason") == "server_error", "a failure")
    reload_list(ready, LISTS["removed"])
    check_told(ready)
    assert f"and reload, or {way}" in ready.log()
    shown = ready.ctl("status").stdout
    assert shown.count(way) == 2 and "Nothing to do" not in shown and "choose another server" not in shown


def test_put_back(registered):
    agent = registered
    reload_list(agent, LISTS["renamed"])
    check_told(agent)
    reload_list(agent, [("EUROPE", EUROPE, True), ("AMERICAS", AMERICAS, True)])
    agent.wait_for(lambda r: r["health"] == "ok", "the health is ok again")


def test_another_choice(idle):
    """The administrator's remedy: another server is chosen and committed."""
    idle.start()
    idle.enable()
    reload_list(idle, LISTS["removed"])
    idle.call("Stage", {"server": "AMERICAS"})
    idle.call("Commit", {})
    assert "health" not in idle.registration()
    idle.begin_registration()
    idle.wait_state("registered")
