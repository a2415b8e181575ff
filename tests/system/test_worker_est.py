"""The worker's EST client against a foreign server that behaves as real servers were seen to do."""

import base64

import pytest

from support.est_worker import CHALLENGE_PASSWORD, assert_bound, credentials_of, csr_text, enrolment, est_of
from support.foreign import DEVICE, Answer, Authority, openssl, pkcs7


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
    """The anchors of the EST server replace the bundle, and calls with other anchors reuse no connection."""
    other = Authority(tmp_path, "other")
    est = est_of(server)
    assert worker.failure("FetchTrustAnchors", est={"url": server.url})["reason"] == "tls_untrusted"
    worker.call("FetchTrustAnchors", est=est)
    assert worker.failure("FetchTrustAnchors", est={**est, "tlsAnchors": other.pem})["reason"] == "tls_untrusted"
    assert worker.failure("FetchTrustAnchors", est={"url": server.url})["reason"] == "tls_untrusted"


# Load balancers


def test_a_misdirected_request_is_asked_again_on_a_new_connection(server, worker, key):
    """RFC 9110, 15.5.20: once, whatever the method."""
    first = {}

    def misdirect(request, answer):
        return answer(request) if request.connection != first.setdefault(request.path, request.connection) else Answer(421)

    server.answers["cacerts"] = lambda request: misdirect(request, lambda _: Answer(body=pkcs7(server.authority.pem)))
    server.answers["simpleenroll"] = lambda request: misdirect(request, server.enroll)
    worker.call("FetchTrustAnchors", est=est_of(server))
    worker.call("Enroll", **enrolment(server, key))
    assert server.asked() == ["GET cacerts"] * 2 + ["GET csrattrs"] + ["POST simpleenroll"] * 2
    server.answers["simpleenroll"] = Answer(421, b"no")
    failure = worker.failure("Enroll", **enrolment(server, key))
    assert (failure["reason"], failure["httpStatus"]) == ("unexpected_reply", 421)
    assert "does not serve this name, on a second connection either: whoever runs the load balancer" in failure["message"]
    assert server.asked()[5:] == ["GET csrattrs"] + ["POST simpleenroll"] * 2


# Proof of possession


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

# Answers


def test_202_that_never_ends(server, worker, key):
    """The answer has no length, and the connection stays open."""
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
    # The worker followed the last one once.
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
    """The request has SHA-512 and the named extensions."""
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

    # A cross-signed certificate by the old root, beside the new root itself.
    csr = openssl("x509", "-x509toreq", "-in", other.certificate, "-signkey", other.key)
    cross = server.authority.issue(csr, "basicConstraints=critical,CA:TRUE\n").decode()
    server.answers["cacerts"] = Answer(body=pkcs7(other.pem, cross))
    assert worker.call("FetchTrustAnchors", est=est, previous=known)["trustAnchors"] == other.pem + cross


def test_configured_anchors(server, worker, key, tmp_path):
    """Configured anchors outrank /cacerts, and work without it."""
    other = Authority(tmp_path, "other")
    assert worker.failure("FetchTrustAnchors", est=est_of(server, anchors=other.pem))["reason"] == "certificate_unusable"
    server.answers["cacerts"] = Answer(404)
    est = est_of(server, anchors=server.authority.pem)
    assert worker.call("FetchTrustAnchors", est=est)["trustAnchors"] == server.authority.pem
    failure = worker.failure("Enroll", **enrolment(server, key, anchors=other.pem))
    assert failure["reason"] == "certificate_unusable"
