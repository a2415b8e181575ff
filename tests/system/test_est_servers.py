"""Configurations of EST servers, most of them known ones, played by the sandbox: with each the agent registers and renews, or it fails with
the reason that stands here. docs/est.md has what has to be configured for which."""

from dataclasses import dataclass, field

import pytest

from support.est import EST_TLS, ask_for_renewal, renew, switch_on

BASIC = ("activations", "credential", "basic")
# The certificates that a server omits if it sends only the leaf.
ALONE = (("simpleenroll", "chain", "without-issuer"), ("simplereenroll", "chain", "without-issuer"))
JSON_401 = ("est", "challenge", "none")
RENEWAL_USER = ("simplereenroll", "renewal-user", "ra:s3cret")


@dataclass
class Server:
    """preset and faults make the server; keys configure the agent, where paths are files of the sandbox, and the password
    is the content of its file. enrolment and renewal are None, or the reason of the failure."""

    preset: str = ""
    faults: tuple = ()
    keys: dict = field(default_factory=dict)
    enrolment: str = None
    renewal: str = None
    key_type: str = "ec_p256"


SERVERS = {
    # libest, in C: OpenSSL's base64, Digest, proof of possession
    "libest": Server("libest"),
    "libest, its example server": Server("libest", (("csrattrs", "encoding", "nul"),)),
    "libest that asks for P-384": Server("libest", (("est", "attributes", "ec_p384"),), key_type="ec_p384"),
    "libest that asks for P-384 and refuses it": Server(
        "libest", (("est", "attributes", "ec_p384"), ("est", "key", "ec_p384"), ("simplereenroll", "status", 401)),
        key_type="ec_p384", renewal="unexpected_reply",
    ),
    "libest that asks for P-384, asked for nothing": Server(
        "libest", (("est", "attributes", "ec_p384"),),
        {"est__csr_attributes": False, "est__proof_of_possession": "always"},
    ),
    "libest whose nonce has grown old": Server("libest", (("est", "aged-nonce"),)),
    "libest without a word about its proof": Server(
        "", (BASIC, ("est", "auth", "basic"), ("est", "pop", 400), ("csrattrs", "status", 404), *ALONE),
        {"est__proof_of_possession": "always"},
    ),
    "libest that nobody told to ask for a proof": Server(
        "", (BASIC, ("est", "auth", "basic"), ("est", "pop", 400), ("csrattrs", "status", 404), *ALONE),
        enrolment="est_rejected",
    ),
    # globalsign/est, in Go: an empty list of attributes, names compared byte by byte
    "globalsign": Server("globalsign"),
    "globalsign that makes the keys": Server("globalsign", keys={"est__server_keygen": True}),
    "globalsign below two issuing CAs": Server("globalsign", (("est", "two-levels"),)),
    "globalsign behind a redirect": Server("globalsign", (("simpleenroll", "redirect", "relative", "--times", 1),)),
    # Foundries.io, in Go: 201, one line of base64, the root alone in /cacerts, one certificate in the handshake
    "foundriesio": Server("foundriesio", keys={"est__intermediates_file": "est-issuing.pem"}),
    "foundriesio whose issuing CA is not known": Server("foundriesio", enrolment="certificate_unusable"),
    "foundriesio that names a type of keys": Server(
        "foundriesio", (("est", "key", "ec"),), {"est__intermediates_file": "est-issuing.pem", "est__key_type": "ec_p256"}
    ),
    # python-est, on FastAPI: a 401 of JSON alone; its renewal wants the password, too
    "python-est": Server("", (BASIC, ("est", "auth", "basic"), JSON_401, ("csrattrs", "status", 404), *ALONE)),
    "python-est whose renewal wants the password": Server(
        "", (BASIC, ("est", "auth", "basic"), JSON_401, ("csrattrs", "status", 404), RENEWAL_USER, *ALONE),
        {"est__user": "ra", "est__password_file": "s3cret"},
    ),
    "python-est whose renewal wants a password that nobody configured": Server(
        "", (BASIC, ("est", "auth", "basic"), JSON_401, ("csrattrs", "status", 404), RENEWAL_USER, *ALONE),
        renewal="est_rejected",
    ),
    # Ultimate CA Manager, in Python: one line of base64, the leaf alone, attributes that it does not insist on
    "ucm": Server(
        "", (BASIC, ("est", "auth", "basic"), ("est", "encoding", "unwrapped"), ("est", "error-body", "text"),
             ("est", "attributes", "challenge-password,extension"), *ALONE),
    ),
    "ucm that is switched off": Server("", (("est", "status", 503),), enrolment="server_error"),
    "ucm with a /cacerts for those with a password": Server(
        "", (BASIC, ("est", "auth", "basic"), ("est", "closed"), ("est", "encoding", "unwrapped"), *ALONE),
    ),
    "ucm with a closed /cacerts": Server(
        "", (BASIC, ("est", "auth", "basic"), ("cacerts", "status", 403), ("est", "encoding", "unwrapped"), *ALONE),
        {"est__anchors_file": "est-root.pem", "est__intermediates_file": "est-issuing.pem"},
    ),
    # lamassu, in Go: the type to the letter, and a certificate of the maker before the first one
    "lamassu": Server("", (("est", "needs", "exact-type"), ("csrattrs", "status", 404), ("est", "error-body", "text"), *ALONE)),
    "lamassu that wants a certificate of the maker": Server("", (("simpleenroll", "status", 403),), enrolment="server_error"),
    # Others: certificates without PKCS #7 and a type of no meaning; a CA with one end for all, in the middle of a change
    "one without PKCS #7": Server(
        "", (("est", "encoding", "pem-certificates"), ("est", "content-type", "text/html; charset=utf-8"),
             ("csrattrs", "status", 405)),
    ),
    "one whose CA caps the end": Server("", (("est", "issue", "capped"), ("csrattrs", "empty"), *ALONE)),
    "one in the middle of a change of its CA": Server(
        "", (BASIC, ("est", "auth", "basic-sha-256"), ("cacerts", "chain", "with-expired,with-next,duplicates"),
             ("est", "headers", "chunked,lower-case"), ("est", "attributes", "malformed,unknown")),
    ),
    "one that wants the whole chain of the client": Server(
        "", (("est", "two-levels"), (EST_TLS, "client", "two-issuers"), ("est", "headers", "until-close")),
        {"est__send_chain": True},
    ),
}


def set_up(agent, cloud, server):
    if server.preset:
        cloud.restart("--est-like", server.preset)
    password = agent.folder / "est-password"
    password.write_text(server.keys.get("est__password_file", ""))
    password.chmod(0o600)
    keys = {
        key: str(cloud.directory / value) if key.endswith("_file") else value for key, value in server.keys.items()
    }
    if "est__password_file" in keys:
        keys["est__password_file"] = str(password)
    agent.config.write(**keys)
    agent.start()
    agent.enable()
    switch_on(cloud, *server.faults)


@pytest.mark.parametrize("name", SERVERS)
def test_server(idle, cloud, name):
    server = SERVERS[name]
    set_up(idle, cloud, server)
    idle.begin_registration()
    if server.enrolment:
        failure = idle.wait_failure(server.enrolment)["lastFailure"]
        assert failure["remedy"] and failure["step"] in ("trust", "certificate")
        return
    registration = idle.wait_state("registered")
    assert registration["certificate"]["keyType"] == server.key_type
    if server.renewal:
        ask_for_renewal(idle)
        failure = idle.wait_failure(server.renewal, "renewal-certificate")["lastFailure"]
        assert failure["permanent"] is False
        assert idle.registration()["certificate"]["serial"] == registration["certificate"]["serial"]
        return
    registration = renew(idle)
    assert registration["health"] == "ok"
    assert registration["certificate"]["keyType"] == server.key_type
    assert registration["certificate"]["serial"] == cloud.devices()[0]["certificateSerial"]
