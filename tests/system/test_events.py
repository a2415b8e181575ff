"""Events: entries of the journal with a message id and fields, each once, none while the feature is disabled."""

import json
import os
import re
import time

import pytest

from support import namespace, programs
from support.journal import Journal
from support.users import name_of

CATALOG = programs.ROOT / "systemd" / "threatresponse.catalog"
EVENTS = programs.ROOT / "src" / "daemon" / "core" / "event.c"
DAY = 86400
OTHER = 1  # the user daemon, a member of the group daemon
QUICK = {"timing__refresh_interval": 1, "timing__removal_confirmation": 0.1}


@pytest.fixture(name="journal")
def make_journal(idle):
    """A running agent with a journal."""
    journal = Journal(idle)
    idle.config.write(**QUICK)
    journal.start()
    yield journal
    journal.close()


def ids():
    """The message ids of the daemon's table, by the names of the events."""
    return dict(re.findall(r'= \{ "(\w+)", "([0-9a-f]{32})", LOG_', EVENTS.read_text()))


def catalog():
    """The entries of the catalog, read as strictly as systemd does: id -> (headers, text)."""
    entries = {}
    for block in re.split(r"^-- ", CATALOG.read_text(), flags=re.M)[1:]:
        first, _, rest = block.partition("\n")
        headers, empty, text = rest.partition("\n\n")
        assert re.fullmatch("[0-9a-f]{32}", first) and empty and first not in entries
        entries[first] = (dict(line.split(": ", 1) for line in headers.splitlines()), text)
    return entries


def test_the_catalog_explains_every_event():
    assert len(ids()) == 10 and len(set(ids().values())) == 10
    entries = catalog()
    assert set(entries) == set(ids().values())
    for headers, text in entries.values():
        assert set(headers) == {"Subject", "Defined-By"}
        assert len(text.strip()) > 40


def test_the_catalog_tells_nobody_to_do_what_a_field_says():
    """Any user of the machine can write an entry with these fields: they are facts, in quotes or a word by themselves."""
    for headers, text in catalog().values():
        fields = re.findall(r"@(\w+)@", headers["Subject"] + text)
        quoted = re.findall(r'"@(\w+)@"', text)
        assert set(fields) - set(quoted) <= {"TR_GUID", "TR_UID", "TR_REVISION"}
        assert "TR_REMEDY" not in fields and "TR_MESSAGE" not in fields
        assert headers["Subject"].count("@") == 0


def test_documents_ask_for_the_events_of_the_unit():
    documents = [programs.ROOT / "README.md", CATALOG, *(programs.ROOT / "docs").rglob("*.md"), *(programs.ROOT / "docs/man").iterdir()]
    asked = 0
    for document in documents:
        for command in re.findall(r"journalctl[^\n`;]*", document.read_text()):
            asked += 1
            assert "-u threatresponsed" in command, f"{document.name}: {command}"
    assert asked >= 3


def check(entry, name, level, **fields):
    assert entry["MESSAGE_ID"] == ids()[name]
    assert entry["PRIORITY"] == str(level)
    assert entry["SYSLOG_IDENTIFIER"] == "threatresponsed"
    for field, value in fields.items():
        assert entry[field] == value
    # The entry has every field that the catalog fills in.
    headers, text = catalog()[entry["MESSAGE_ID"]]
    assert set(re.findall(r"@(\w+)@", headers["Subject"] + text)) <= set(entry)


def test_a_life(journal, cloud):
    agent = journal.agent
    agent.enable()
    entry = journal.wait("settings_committed")
    user = agent.call("ListCommits")["commits"][0]["userName"]
    check(
        entry,
        "settings_committed",
        5,
        TR_REVISION="1",
        TR_USER=user,
        TR_FEATURE="enabled",
        TR_SERVER="EUROPE",
        TR_COMMENT="test",
        MESSAGE=f"Revision 1 was committed by {user}: enabled, server EUROPE.",
    )

    guid = agent.register()["guid"]
    entry = journal.wait("registered")
    check(entry, "registered", 5, TR_GUID=guid, TR_SERVER="EUROPE", TR_STATE="registered")
    assert entry["MESSAGE"] == "The appliance is registered now (it was registering)."
    assert entry["TR_TENANT"] == agent.registration()["tenant"]["name"]

    cloud.remove(guid)
    check(journal.wait("removed_in_portal"), "removed_in_portal", 3, TR_GUID=guid, TR_SERVER="EUROPE")
    agent.call("Deregister", {"localOnly": True})
    check(journal.wait("deregistered"), "deregistered", 5, TR_GUID=guid, TR_SERVER="EUROPE")
    journal.restart()
    assert journal.names() == ["settings_committed", "registered", "removed_in_portal", "deregistered"]
    # An event has no line in the log beside its entry.
    assert "is registered now" not in agent.log()
    assert "was committed by" not in agent.log()


@pytest.mark.complaint("retry: no record says who registered or deregistered")
def test_who_asked_is_told(idle, cloud):
    """The event names the user who asked for it, not the one who asked for an earlier change."""
    # A plain user is root in the namespace of the journal.
    other, us = OTHER if os.geteuid() == 0 else 0, 0
    idle.config.write(api__admin_group="daemon", **QUICK)
    journal = Journal(idle)
    journal.start()
    idle.enable()

    def check_user(name, uid):
        check(journal.wait(name), name, 3 if name == "registration_failed" else 5, TR_UID=str(uid), TR_USER=name_of(uid))

    asking = other or os.geteuid()
    idle.call("Register", {"token": cloud.token()}, uid=asking)
    idle.wait_state("registered")
    check_user("registered", other)
    idle.call("Deregister")
    idle.wait_state("unregistered")
    check_user("deregistered", us)
    idle.call("Register", {"token": "0123456789abcdef"}, uid=asking)
    check_user("registration_failed", other)
    journal.close()


def test_no_secret_is_told(journal, cloud):
    journal.agent.enable()
    token = cloud.token()
    journal.agent.register(token)
    saved = journal.agent.saved()
    journal.agent.call("Deregister")
    journal.wait("deregistered")
    text = json.dumps(journal.read())
    assert token not in text
    assert saved["privateKey"] not in text and "PRIVATE KEY" not in text


def test_a_refused_token(journal):
    journal.agent.enable()
    journal.agent.begin_registration("0123456789abcdef")
    entry = journal.wait("registration_failed")
    check(
        entry,
        "registration_failed",
        3,
        TR_REASON="token_rejected",
        TR_STEP="activation",
        TR_PERMANENT="yes",
        TR_ATTEMPT="1",
        TR_OPERATION="register",
        TR_SERVER="EUROPE",
    )
    failure = journal.agent.registration()["lastFailure"]
    assert entry["TR_REMEDY"] == failure["remedy"]
    assert entry["TR_REQUEST_ID"] == failure["requestId"]
    assert failure["message"] in entry["MESSAGE"]
    # Never registered, never deregistered.
    assert journal.names() == ["settings_committed", "registration_failed"]


def test_each_reason_is_told_once(journal, cloud):
    agent = journal.agent
    agent.enable()
    cloud.fault("activations", "status", 503)
    agent.begin_registration()
    agent.wait_for(lambda r: r["attempt"] >= 4)
    cloud.clear()
    cloud.fault("activations", "html")
    agent.wait_failure("unexpected_reply")
    cloud.clear()
    cloud.fault("activations", "status", 503)
    agent.wait_failure("server_error")
    agent.wait_for(lambda r: r["attempt"] >= 8)
    told = [(entry["TR_REASON"], entry["TR_PERMANENT"]) for entry in journal.events("registration_failed")]
    assert told == [("server_error", "no"), ("unexpected_reply", "no")]
    # The attempts are in the log, too.
    assert agent.log().count("<4>register, step activation: server_error") >= 4
    agent.call("Cancel")

    # Another registration has events of its own.
    agent.begin_registration()
    agent.wait_failure("server_error")
    journal.wait("registration_failed", 3)


@pytest.mark.complaint("certificates: a failed renewal is reported nowhere, or exits with 0")
def test_a_failed_renewal(journal, cloud):
    agent = journal.agent
    agent.enable()
    agent.register()
    cloud.fault("simplereenroll", "status", 503)
    agent.call("Renew")
    entry = journal.wait("renewal_failed")
    check(entry, "renewal_failed", 4, TR_REASON="server_error", TR_STEP="renewal-certificate", TR_PERMANENT="no")
    agent.wait_for(lambda r: r["attempt"] >= 4)
    assert len(journal.events("renewal_failed")) == 1
    serial = agent.registration()["certificate"]["serial"]
    cloud.clear()
    agent.wait_for(lambda r: r["certificate"]["serial"] != serial)
    cloud.fault("simplereenroll", "status", 503)
    agent.call("Renew")
    journal.wait("renewal_failed", 2)


def change(agent, **values):
    """Changes the saved registration; the daemon is stopped."""
    document = agent.state()
    for name, value in values.items():
        part = document["registration"]
        if name == "notAfter":
            part = part["certificateInfo"]
        part[name] = value
    agent.state_file.write_text(json.dumps(document))


@pytest.mark.complaint("certificates: nobody is warned before a certificate expires")
def test_expiry_is_told_in_time_and_once(journal, cloud):
    """The clock stands still, and the end of the certificate comes nearer with each start."""
    agent = journal.agent
    agent.enable()
    agent.register()
    cloud.fault("simplereenroll", "status", 503)
    serial = agent.registration()["certificate"]["serial"]
    seen = []
    for left in [40 * DAY, 29.5 * DAY, 28 * DAY, 6.5 * DAY, 5 * DAY, 0.5 * DAY, 3600, -10]:
        assert agent.stop() == 0
        end = int(time.time() + left)
        # Overdue for long.
        change(agent, notAfter=end, nextRenewal=end - 80 * DAY)
        journal.start()
        agent.wait_failure("server_error", "renewal-certificate")
        seen.append([entry.get("TR_DAYS") for entry in journal.events() if entry["TR_EVENT"].startswith("certificate")])
    assert seen == [
        [],
        ["30"],
        ["30"],
        ["30", "7"],
        ["30", "7"],
        ["30", "7", "1"],
        ["30", "7", "1"],
        ["30", "7", "1", "0"],
    ]
    first, last = journal.events("certificate_expires")[0], journal.events("certificate_expired")[0]
    check(first, "certificate_expires", 4, TR_SERIAL=serial, TR_SERVER="EUROPE")
    assert first["MESSAGE"] == "The appliance's certificate expires in 29 days, and its renewal is overdue."
    check(last, "certificate_expired", 3, TR_SERIAL=serial)

    # A new certificate has warnings of its own.
    cloud.clear()
    agent.wait_for(lambda r: r["certificate"]["serial"] != serial)
    assert "warnedDays" not in agent.saved()


def test_a_healthy_short_lived_certificate_needs_no_warning(journal):
    journal.agent.enable()
    registration = journal.agent.register()
    assert registration["certificate"]["notAfter"] - time.time() < 400 * DAY
    journal.restart()
    assert journal.names() == ["settings_committed", "registered"]


def test_expiry_as_it_happens(idle, cloud):
    """A certificate of some seconds that can't be renewed: one warning, then its end."""
    cloud.restart("--certificate-validity", "4")
    cloud.fault("simplereenroll", "status", 503)
    idle.config.write(**QUICK)
    journal = Journal(idle)
    journal.start()
    idle.enable()
    idle.register()
    assert journal.wait("certificate_expires")["TR_DAYS"] == "1"
    journal.wait("certificate_expired")
    idle.wait_for(lambda r: r["health"] == "certificate_expired" and r["attempt"] > 5)
    assert (len(journal.events("certificate_expires")), len(journal.events("certificate_expired"))) == (1, 1)
    journal.close()


@pytest.mark.complaint("retry: alarms come although the feature is switched off")
def test_nothing_while_disabled(journal, cloud):
    agent = journal.agent
    agent.call("Stage", {"server": "EUROPE"})
    agent.call("Commit")
    assert journal.names() == []
    assert "Revision 1 was committed by" in agent.log()
    agent.enable()
    agent.register()
    agent.call("Stage", {"enabled": False})
    agent.call("Commit")
    # The commit that disables is an event; after it nothing is.
    assert journal.wait("settings_committed", 2)["TR_FEATURE"] == "disabled"
    before = journal.names()[:]
    agent.stop()
    change(agent, notAfter=int(time.time() - 10), nextRenewal=int(time.time() - 1000))
    journal.start()
    agent.call("Deregister", {"localOnly": True})
    agent.call("Stage", {"server": "AMERICAS"})
    agent.call("Commit")
    assert journal.names() == before
    assert "<5>The appliance is unregistered now (it was registered)." in agent.log()


def test_a_foreign_identity(journal):
    agent = journal.agent
    agent.enable()
    guid = agent.register()["guid"]
    agent.stop()
    document = agent.state()
    document["machineId"] = "0" * 32
    agent.state_file.write_text(json.dumps(document))
    machine = namespace.machine(agent.folder, "a" * 32)
    journal.start(machine)
    check(journal.wait("identity_changed"), "identity_changed", 3, TR_GUID=guid, TR_STATE="registered")
    journal.restart(machine)
    agent.call("ResetIdentity")
    agent.status()
    # The restart repeats no event, and the end of the foreign identity is no deregistration.
    assert journal.names() == ["settings_committed", "registered", "identity_changed"]


def test_without_a_journal(ready):
    """Each event is one line of the log."""
    ready.register()
    assert "\nThe appliance is registered now (it was registering).\n" in ready.log()
    assert "\nRevision 1 was committed by " in ready.log()


def test_a_journal_that_is_gone_costs_nothing(idle):
    """Standard error is the journal's, but the socket of the journal is missing."""
    idle.log_file.touch()
    info = os.stat(idle.log_file)
    (idle.folder / "journal").mkdir()
    idle.start(prefix=namespace.journal(idle.folder), env={"JOURNAL_STREAM": f"{info.st_dev}:{info.st_ino}"})
    idle.enable()
    assert idle.register()["state"] == "registered"


@pytest.mark.complaint("certificates: an authority that gives no later end is asked again and again")
def test_an_authority_with_an_end_of_its_own(journal, cloud):
    """A new certificate with the end of the old one is a success; an event names the end, and nothing is asked again."""
    agent = journal.agent
    agent.enable()
    cloud.fault("est", "issue", "capped")
    agent.register()
    before = agent.registration()["certificate"]
    agent.call("Renew")
    entry = journal.wait("certificate_capped")
    check(entry, "certificate_capped", 4, TR_NOT_AFTER=str(before["notAfter"]))
    after = agent.registration()["certificate"]
    assert (after["notAfter"], after["serial"] != before["serial"]) == (before["notAfter"], True)
    assert cloud.count("POST", "/simplereenroll") == 1
