"""The worker's EST client against a server that is none of ours, and behaves as servers were seen to do."""

import base64
import hashlib
import re

import pytest

from support import programs
from support.foreign import DEVICE, Answer, Authority, ForeignServer, openssl, pkcs7
from support.worker import Worker

BEARER = {"scheme": "bearer", "secret": "s3cret"}
PASSWORD = {"scheme": "basic", "username": "device", "secret": "s3cret"}
NETWORK = {"caBundle": "/etc/ssl/certs/ca-certificates.crt", "connectTimeout": 10000, "timeout": 20000}
# In DER: a sequence of the OID of challengePassword.
CHALLENGE_PASSWORD = bytes.fromhex("300b06092a864886f70d010907")


@pytest.fixture(name="server")
def make_server(tmp_path):
    with ForeignServer(tmp_path) as server:
        yield server


@pytest.fixture(name="worker")
def make_worker():
    with Worker(NETWORK) as worker:
        yield worker


@pytest.fixture(name="key")
def make_key(worker):
    return worker.call("GenerateKey", keyType="ec_p256")["privateKey"]


def est_of(server, **more):
    return {"url": server.url, "tlsAnchors": server.tls.pem, **more}


def enrolment(server, key, enrollment=None, **more):
    """The parameters of Enroll."""
    return {
        "est": est_of(server, **more),
        "enrollment": enrollment or BEARER,
        "privateKey": key,
        "commonName": "device",
        "trustAnchors": server.authority.pem,
    }


def csr_text(body):
    return openssl("req", "-inform", "DER", "-noout", "-text", "-verify", data=base64.b64decode(body)).decode()


def credentials_of(reply, key):
    more = {"chain": reply["chain"]} if "chain" in reply else {}
    return {"certificate": reply["certificate"], "privateKey": key, **more}


def test_a_whole_life(server, worker, key):
    est = est_of(server)
    anchors = worker.call("FetchTrustAnchors", est=est)["trustAnchors"]
    assert anchors == server.authority.pem
    reply = worker.call("Enroll", **enrolment(server, key))
    assert (reply["info"]["subject"], reply["info"]["issuer"]) == ("CN=device", "CN=foreign-ca")
    assert "chain" not in reply and "privateKey" not in reply

    new_key = worker.call("GenerateKey", keyType="ec_p384")["privateKey"]
    server.answers["simplereenroll"] = lambda request: Answer(
        body=pkcs7(server.authority.issue(openssl("req", "-inform", "DER", data=base64.b64decode(request.body)), DEVICE, 20))
    )
    renewed = worker.call(
        "Reenroll", est=est, credentials=credentials_of(reply, key), privateKey=new_key, trustAnchors=anchors
    )
    assert renewed["info"]["keyType"] == "ec_p384"
    assert server.asked() == [
        "GET cacerts", "GET csrattrs", "POST simpleenroll", "GET csrattrs", "POST simplereenroll",
    ]
    # One connection for each identity: without a certificate, and with it.
    assert [one.connection for one in server.requests] == [1, 1, 1, 2, 2]
    assert [one.chain for one in server.requests] == [0, 0, 0, 1, 1]


def test_what_is_sent(server, worker, key):
    worker.call("Enroll", **enrolment(server, key))
    request = server.requests[-1]
    assert request.headers["content-type"] == "application/pkcs10"
    assert request.headers["content-length"] == str(len(request.body))
    assert request.headers["authorization"] == "Bearer s3cret"
    assert "expect" not in request.headers and "transfer-encoding" not in request.headers
    lines = request.body.split(b"\n")
    assert lines[-1] == b"" and {len(line) for line in lines[:-2]} == {64}


def test_anchors_of_its_own(server, worker, tmp_path):
    """The anchors of the EST server replace the bundle, and each other's connections are not reused."""
    other = Authority(tmp_path, "other")
    est = est_of(server)
    assert worker.failure("FetchTrustAnchors", est={"url": server.url})["reason"] == "tls_untrusted"
    worker.call("FetchTrustAnchors", est=est)
    assert worker.failure("FetchTrustAnchors", est={**est, "tlsAnchors": other.pem})["reason"] == "tls_untrusted"
    assert worker.failure("FetchTrustAnchors", est={"url": server.url})["reason"] == "tls_untrusted"


# Proof of possession


def assert_bound(request):
    assert request.tls == "TLSv1.2"
    expected = base64.b64encode(request.unique).decode()
    assert re.search(r"challengePassword\s*:\s*(\S+)", csr_text(request.body)).group(1) == expected


@pytest.mark.parametrize("key_type", ["ec_p256", "ec_p384", "rsa_2048"])
def test_possession_is_asked_for(server, worker, key_type):
    server.answers["csrattrs"] = Answer(body=base64.b64encode(CHALLENGE_PASSWORD))
    key = worker.call("GenerateKey", keyType=key_type)["privateKey"]
    worker.call("FetchTrustAnchors", est=est_of(server))
    for _ in range(3):
        worker.call("Enroll", **enrolment(server, key))
        assert_bound(server.requests[-1])
    posts = [one.connection for one in server.requests if one.method == "POST"]
    assert len(set(posts)) == 3 and 1 not in posts
    assert server.requests[0].tls == "TLSv1.3"


@pytest.mark.parametrize("possession, bound", [("always", True), ("never", False), ("auto", False)])
def test_possession_is_configured(server, worker, key, possession, bound):
    worker.call("Enroll", **enrolment(server, key, proofOfPossession=possession))
    assert (server.requests[-1].tls == "TLSv1.2") is bound
    assert ("challengePassword" in csr_text(server.requests[-1].body)) is bound


def test_possession_with_digest(server, worker, key):
    """The second request is tied to the connection that it is sent on."""
    server.answers["simpleenroll"] = lambda request: digest(server, request)
    worker.call("Enroll", **enrolment(server, key, PASSWORD, proofOfPossession="always"))
    assert server.asked() == ["GET csrattrs", "POST simpleenroll", "POST simpleenroll"]
    assert_bound(server.requests[-1])


# Authentication


def md5(*parts):
    return hashlib.md5(":".join(parts).encode()).hexdigest()


def digest(server, request, header="WWW-Authenticate", nonce="abc"):
    """RFC 7616 with MD5, as old servers have it."""
    got = request.headers.get("authorization", "")
    if not got.startswith("Digest "):
        return Answer(401, b"who are you?", {header: f'Digest realm="est", nonce="{nonce}", qop="auth"'})
    given = dict(re.findall(r'(\w+)="?([^",]*)"?', got))
    expected = md5(
        md5("device", "est", "s3cret"), nonce, given["nc"], given["cnonce"], "auth", md5("POST", request.path)
    )
    return server.enroll(request) if given["response"] == expected else Answer(401)


def basic(server, request, header="WWW-Authenticate"):
    if request.headers.get("authorization") == "Basic " + base64.b64encode(b"device:s3cret").decode():
        return server.enroll(request)
    return Answer(401, b"", {header: 'Basic realm="est"'})


@pytest.mark.parametrize("method", [digest, basic])
@pytest.mark.parametrize("header", ["WWW-Authenticate", "www-authenticate", "Www-Authenticate"])
def test_password(server, worker, key, method, header):
    server.answers["simpleenroll"] = lambda request: method(server, request, header)
    worker.call("Enroll", **enrolment(server, key, PASSWORD))
    posts = server.requests[-2:]
    assert [one.method for one in posts] == ["POST", "POST"]
    assert "authorization" not in posts[0].headers
    # A server that is content with less must not see an empty request.
    assert posts[0].body == posts[1].body != b""


@pytest.mark.parametrize(
    "headers",
    [{}, {"WWW-Authenticate": 'Digest realm="est", nonce="n", stale=true, qop="auth"'}, {"WWW-Authenticate": "Negotiate"}],
)
@pytest.mark.parametrize("enrollment", [BEARER, PASSWORD], ids=["bearer", "password"])
def test_at_most_one_retry(server, worker, key, headers, enrollment):
    server.answers["simpleenroll"] = Answer(401, b"no", headers)
    failure = worker.failure("Enroll", **enrolment(server, key, enrollment))
    assert (failure["reason"], failure["httpStatus"]) == ("est_rejected", 401)
    posts = server.asked().count("POST simpleenroll")
    assert posts == (3 if "Digest" in str(headers) and enrollment is PASSWORD else 1)


def test_attributes_that_need_authentication(server, worker, key):
    def attributes(request):
        if request.headers.get("authorization") != "Bearer s3cret":
            return Answer(401, b"", {"WWW-Authenticate": "Bearer"})
        return Answer(body=CHALLENGE_PASSWORD)

    server.answers["csrattrs"] = attributes
    worker.call("Enroll", **enrolment(server, key))
    assert server.asked() == ["GET csrattrs", "GET csrattrs", "POST simpleenroll"]
    assert_bound(server.requests[-1])
    reply = worker.call("GetCsrAttributes", est=est_of(server), enrollment=BEARER)
    assert reply["attributes"]["challengePassword"] is True
    assert "attributes" not in worker.call("GetCsrAttributes", est=est_of(server))


def test_by_certificate_alone(server, worker, key):
    first = worker.call("Enroll", **enrolment(server, key))
    parameters = enrolment(server, worker.call("GenerateKey", keyType="ec_p256")["privateKey"])
    del parameters["enrollment"]
    worker.call("Enroll", credentials=credentials_of(first, key), **parameters)
    assert "authorization" not in server.requests[-1].headers
    assert server.requests[-1].chain == 1


def test_the_chain_is_sent_where_it_is_wanted(server, worker, key, tmp_path):
    """The root signs an issuing CA, which signs the device."""
    issuing = Authority(tmp_path, "issuing")
    csr = openssl("req", "-new", "-key", issuing.key, "-subj", "/CN=issuing")
    issuing.certificate.write_bytes(server.authority.issue(csr, "basicConstraints=critical,CA:TRUE\n"))
    first = issuing.issue(openssl("req", "-new", "-key", "/dev/stdin", "-subj", "/CN=device", data=key.encode()), DEVICE)
    credentials = {"certificate": first.decode(), "privateKey": key, "chain": issuing.pem}
    # This server knows the root only, so the certificate alone is not enough for it.
    failure = worker.failure("GetCsrAttributes", est=est_of(server), credentials=credentials)
    assert (failure["reason"], server.asked()) == ("server_error", [])
    worker.call("GetCsrAttributes", est=est_of(server, sendChain=True), credentials=credentials)
    assert server.requests[-1].chain == 2


# Answers


def test_202_that_never_ends(server, worker, key):
    """No length, and the connection stays open."""
    server.answers["simpleenroll"] = Answer(202, b"", {"Retry-After": "Wed, 21 Oct 2065 07:28:00 GMT"}, length=False)
    failure = worker.failure("Enroll", **enrolment(server, key))
    assert (failure["reason"], failure["httpStatus"], failure["retryAfter"]) == ("est_pending", 202, 86400)
    server.answers["simpleenroll"] = server.enroll
    assert worker.call("Enroll", **enrolment(server, key))["info"]["subject"] == "CN=device"


def test_redirects(server, worker, key):
    server.answers["simpleenroll"] = Answer(307, b"", {"Location": "/other/enroll"})
    server.answers["enroll"] = server.enroll
    worker.call("Enroll", **enrolment(server, key))
    assert server.requests[-1].body == server.requests[-2].body != b""
    for location in (server.url.replace("localhost", "127.0.0.1"), "http://localhost/x", "/other/simpleenroll"):
        server.answers["simpleenroll"] = Answer(302, b"", {"Location": location})
        failure = worker.failure("Enroll", **enrolment(server, key))
        assert (failure["reason"], failure["httpStatus"]) == ("unexpected_reply", 302)
    # The last one was followed once.
    assert server.asked()[-2:] == ["POST simpleenroll", "POST simpleenroll"]


def test_another_key_type(server, worker, key):
    """The server wants P-384 (by its bare OID, as libest does)."""
    server.answers["csrattrs"] = Answer(body=b"MAcGBSuBBAAi")
    failure = worker.failure("Enroll", **enrolment(server, key))
    assert (failure["reason"], failure["keyType"]) == ("certificate_unusable", "ec_p384")
    assert "est.key_type" in failure["message"]
    assert server.asked() == ["GET csrattrs"]
    wanted = worker.call("GenerateKey", keyType=failure["keyType"])["privateKey"]
    assert worker.call("Enroll", **enrolment(server, wanted))["info"]["keyType"] == "ec_p384"
    worker.call("Enroll", **enrolment(server, key, csrAttributes=False))
    assert server.asked()[-2:] == ["POST simpleenroll", "POST simpleenroll"]


def test_wishes_of_the_server(server, worker, key):
    """SHA-512, and the extensions that are named."""
    server.answers["csrattrs"] = Answer(body=bytes.fromhex("301a 0609608648016503040203 0603551d0f 0603551d25 0603551d11"))
    parameters = enrolment(server, key)
    parameters["commonName"] = "1f0a0000-0000-4000-8000-000000000000"
    worker.call("Enroll", **parameters)
    text = csr_text(server.requests[-1].body)
    assert "ecdsa-with-SHA512" in text
    assert "Digital Signature" in text and "TLS Web Client Authentication" in text
    assert "URI:urn:uuid:1f0a0000-0000-4000-8000-000000000000" in text


def test_a_key_of_the_server(server, worker, key):
    def keygen(request):
        csr = openssl("req", "-inform", "DER", data=base64.b64decode(request.body))
        made = openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")
        csr = openssl("req", "-new", "-key", "/dev/stdin", "-subj", "/CN=device", data=made)
        pkcs8 = base64.encodebytes(openssl("pkey", "-outform", "DER", data=made))
        parts = [(b"application/pkcs8", pkcs8), (b"application/pkcs7-mime", pkcs7(server.authority.issue(csr, DEVICE)))]
        body = b"".join(b"--estServerKeyGenBoundary\r\nContent-Type: " + kind + b"\r\n\r\n" + part for kind, part in parts)
        kind = {"Content-Type": "multipart/mixed ; boundary=estServerKeyGenBoundary"}
        return Answer(200, body + b"--estServerKeyGenBoundary--\r\n", kind)

    server.answers["serverkeygen"] = keygen
    reply = worker.call("Enroll", **enrolment(server, key, serverKeygen=True))
    assert reply["privateKey"].startswith("-----BEGIN PRIVATE KEY-----")
    assert reply["privateKey"] != key
    public = openssl("pkey", "-pubout", data=reply["privateKey"].encode())
    assert openssl("x509", "-noout", "-pubkey", data=reply["certificate"].encode()) == public


# Trust


def test_anchors_link_or_are_named(server, worker, tmp_path):
    other = Authority(tmp_path, "other")
    est = est_of(server)
    known = worker.call("FetchTrustAnchors", est=est)["trustAnchors"]
    server.answers["cacerts"] = Answer(body=pkcs7(other.pem))
    failure = worker.failure("FetchTrustAnchors", est=est, previous=known)
    assert failure["reason"] == "certificate_unusable"
    fingerprint = other.fingerprint()
    assert "CN=other" in failure["message"]
    assert fingerprint.replace(":", "").lower() in failure["message"]
    reply = worker.call("FetchTrustAnchors", est={**est, "fingerprint": fingerprint}, previous=known)
    assert reply["trustAnchors"] == other.pem

    # Signed by the old one: cross-signed, beside the new root itself.
    csr = openssl("x509", "-x509toreq", "-in", other.certificate, "-signkey", other.key)
    cross = server.authority.issue(csr, "basicConstraints=critical,CA:TRUE\n").decode()
    server.answers["cacerts"] = Answer(body=pkcs7(other.pem, cross))
    assert worker.call("FetchTrustAnchors", est=est, previous=known)["trustAnchors"] == other.pem + cross


def test_configured_anchors(server, worker, key, tmp_path):
    """They outrank what /cacerts says, and do without it."""
    other = Authority(tmp_path, "other")
    assert worker.failure("FetchTrustAnchors", est=est_of(server, anchors=other.pem))["reason"] == "certificate_unusable"
    server.answers["cacerts"] = Answer(404)
    est = est_of(server, anchors=server.authority.pem)
    assert worker.call("FetchTrustAnchors", est=est)["trustAnchors"] == server.authority.pem
    failure = worker.failure("Enroll", **enrolment(server, key, anchors=other.pem))
    assert failure["reason"] == "certificate_unusable"


# Beforehand


CLIENT = {"guid": "1f0a0000-0000-4000-8000-000000000000", "name": "", "type": "", "version": "", "description": ""}


@pytest.fixture(name="regional")
def make_regional(server):
    """The regional server is the same one here. It answers when the first of what is fetched beforehand has come: the
    second is only asked for then."""

    def activate(_):
        programs.until(lambda: "GET csrattrs" in server.asked(), "the CSR attributes are asked for")
        return Answer(201, b'{"enrollment":{"scheme":"bearer","secret":"s3cret"}}')

    server.answers["activations"] = activate
    server.answers["contexts"] = Answer(201, b"{}")
    return {"network": {**NETWORK, "caFile": str(server.tls.certificate)}}


def test_fetched_while_the_activation_is_on_its_way(server, worker, key, regional):
    """Both are there in the end, each was asked for once, and on one connection that the enrolment uses, too."""
    est = est_of(server)
    worker.call("Activate", url=server.url + "/activations", token="t" * 20, est=est, **regional)
    assert worker.call("FetchTrustAnchors", est=est, **regional)["trustAnchors"] == server.authority.pem
    worker.call("Enroll", **enrolment(server, key), **regional)
    assert sorted(server.asked()) == ["GET cacerts", "GET csrattrs", "POST activations", "POST simpleenroll"]
    est_connections = {one.connection for one in server.requests if not one.path.endswith("activations")}
    assert len(est_connections) == 1


def test_fetched_with_the_context(server, worker, key, regional):
    """A later call takes up what is under way."""
    est = est_of(server)
    worker.call("CreateContext", url=server.url + "/contexts", client=CLIENT, exchange="localhost", refreshInterval=1200,
                est=est, **regional)
    assert worker.call("FetchTrustAnchors", est=est, **regional)["trustAnchors"] == server.authority.pem
    worker.call("Enroll", **enrolment(server, key), **regional)
    assert sorted(server.asked()) == ["GET cacerts", "GET csrattrs", "POST contexts", "POST simpleenroll"]


def test_a_fault_beforehand_is_none(server, worker, regional):
    """The activation does not care, and the later call asks again."""
    good = server.answers["cacerts"]
    server.answers["cacerts"] = lambda request: None
    est = est_of(server)
    worker.call("Activate", url=server.url + "/activations", token="t" * 20, est=est, **regional)
    server.answers["cacerts"] = good
    assert worker.call("FetchTrustAnchors", est=est, **regional)["trustAnchors"] == server.authority.pem


def test_bad_anchors_beforehand_are_told_later(server, worker, regional):
    server.answers["cacerts"] = Answer(200, b"<html>")
    est = est_of(server)
    worker.call("Activate", url=server.url + "/activations", token="t" * 20, est=est, **regional)
    assert worker.failure("FetchTrustAnchors", est=est, **regional)["reason"] == "unexpected_reply"
