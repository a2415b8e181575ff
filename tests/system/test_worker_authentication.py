"""How the worker authenticates to an EST server: password, Digest, Bearer, certificate."""

import base64
import hashlib
import re

import pytest

from support.est_worker import BEARER, CHALLENGE_PASSWORD, PASSWORD, assert_bound, credentials_of, enrolment, est_of
from support.foreign import DEVICE, Answer, Authority, openssl


def test_possession_with_digest(server, worker, key):
    """The second request is bound to its own connection."""
    server.answers["simpleenroll"] = lambda request: digest(server, request)
    worker.call("Enroll", **enrolment(server, key, PASSWORD, proofOfPossession="always"))
    assert server.asked() == ["GET csrattrs", "POST simpleenroll", "POST simpleenroll"]
    assert_bound(server.requests[-1])


def md5(*parts):
    return hashlib.md5(":".join(parts).encode()).hexdigest()


def digest(server, request, header="WWW-Authenticate", nonce="abc"):
    """Answers as a server with Digest (RFC 7616) and MD5, as old servers do."""
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
    # Without a challenge the password goes out once as Basic.
    tries = 1 if enrollment is BEARER or "Negotiate" in str(headers) else 2 if not headers else 3
    assert posts == tries


def test_password_that_is_not_asked_for(server, worker, key):
    """A 401 without a challenge, of a server that takes Basic."""
    server.answers["simpleenroll"] = lambda request: basic(server, request, "X-Other")
    worker.call("Enroll", **enrolment(server, key, PASSWORD))
    assert server.asked().count("POST simpleenroll") == 2


def test_a_nonce_that_goes_stale(server, worker, key):
    """The third answer holds the certificate, which is not asked for again."""
    nonces = iter(["a", "b"])

    def stale(request):
        if (nonce := next(nonces, None)) is None:
            return digest(server, request, nonce="b")
        return Answer(401, b"", {"WWW-Authenticate": f'Digest realm="est", nonce="{nonce}", stale=true, qop="auth"'})

    server.answers["simpleenroll"] = stale
    worker.call("Enroll", **enrolment(server, key, PASSWORD))
    assert server.asked().count("POST simpleenroll") == 3


@pytest.mark.parametrize("method", [digest, basic])
@pytest.mark.parametrize("location", ["/other/enroll", "enroll", "{url}/enroll"])
def test_redirect_with_a_password(server, worker, key, method, location):
    """On the same server, however it is written; the password isn't in the URL."""
    server.answers["simpleenroll"] = Answer(307, b"", {"Location": location.replace("{url}", server.url)})
    server.answers["enroll"] = lambda request: method(server, request)
    worker.call("Enroll", **enrolment(server, key, PASSWORD))
    assert server.asked()[-1] == "POST enroll"
    assert all("s3cret" not in one.path for one in server.requests)


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
    """The root signs an issuing CA, and that signs the device."""
    issuing = Authority(tmp_path, "issuing")
    csr = openssl("req", "-new", "-key", issuing.key, "-subj", "/CN=issuing")
    issuing.certificate.write_bytes(server.authority.issue(csr, "basicConstraints=critical,CA:TRUE\n"))
    first = issuing.issue(openssl("req", "-new", "-key", "/dev/stdin", "-subj", "/CN=device", data=key.encode()), DEVICE)
    credentials = {"certificate": first.decode(), "privateKey": key, "chain": issuing.pem}
    # This server knows the root only: the certificate alone is not enough.
    failure = worker.failure("GetCsrAttributes", est=est_of(server), credentials=credentials)
    assert (failure["reason"], server.asked()) == ("certificate_refused", [])
    worker.call("GetCsrAttributes", est=est_of(server, sendChain=True), credentials=credentials)
    assert server.requests[-1].chain == 2
