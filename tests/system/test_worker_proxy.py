"""Proxies of the field: how they want a password, and what goes over the wire to them."""

import base64

import pytest

from support.est_worker import NETWORK, est_of
from support.foreign import Authority, openssl
from support.proxy import Proxy
from support.worker import Worker

PASSWORD = {"proxyUser": "svc", "proxyPassword": "s3cret-word"}
BASIC, DIGEST = 'Basic realm="p"', 'Digest realm="p", nonce="n", qop="auth"'
CLEAR = "Basic " + base64.b64encode(b"svc:s3cret-word").decode()


@pytest.mark.parametrize(
    "offers, network, message",
    [
        (["Negotiate"], PASSWORD, "takes passwords by Negotiate only (407); the agent knows Basic and Digest."),
        (["NTLM"], PASSWORD, "takes passwords by NTLM only (407); the agent knows Basic and Digest."),
        (["Negotiate", "NTLM"], PASSWORD, "takes passwords by Negotiate, NTLM only (407)"),
        (["Negotiate", "NTLM"], {}, "takes passwords by Negotiate, NTLM only (407)"),
        (["Hawk"], PASSWORD, "takes passwords by nothing that is known here only (407)"),
        ([BASIC], {**PASSWORD, "proxyAuth": "digest"}, "by Basic only (407); the agent knows Digest alone, as network.proxy_auth"),
        ([BASIC, "NTLM"], {}, "asks for a user and a password by Basic, NTLM (407), and network.proxy_user is not configured."),
        ([BASIC], PASSWORD, "does not accept the user and the password that are configured (407, by Basic)."),
        ([DIGEST], {**PASSWORD, "proxyAuth": "digest"}, "does not accept the user and the password"),
    ],
)
def test_what_a_proxy_offers_is_told(server, offers, network, message):
    with Proxy(407, offers) as proxy, Worker({**NETWORK, "proxy": proxy.url, **network}) as worker:
        failure = worker.failure("FetchTrustAnchors", est=est_of(server))
        assert failure["reason"] == "proxy_auth"
        assert message in failure["message"]


@pytest.mark.parametrize("auth", ["any", "digest"])
@pytest.mark.parametrize("offers", [[BASIC], [DIGEST], [BASIC, DIGEST], [DIGEST, BASIC]])
def test_the_password_in_clear_text(server, auth, offers):
    """It goes out where Basic is all that is offered, and never if Digest is demanded."""
    network = {**NETWORK, **PASSWORD, "proxyAuth": auth}
    with Proxy(407, offers, "Basic" if offers == [BASIC] else "Digest") as proxy:
        with Worker({**network, "proxy": proxy.url}) as worker:
            if auth == "digest" and offers == [BASIC]:
                worker.failure("FetchTrustAnchors", est=est_of(server))
            else:
                worker.call("FetchTrustAnchors", est=est_of(server))
        sent = [credentials for _, _, credentials in proxy.requests]
        assert (CLEAR in sent) is (auth == "any" and offers == [BASIC])
        assert any(one and one.startswith("Digest ") for one in sent) is (DIGEST in offers)


P_256 = ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
LONG_EXPONENT = ["rsa", "-pkeyopt", "rsa_keygen_bits:2048", "-pkeyopt", f"rsa_keygen_pubexp:{2**64 + 13}"]


def certificate_of(authority, folder, name, kind=P_256):
    key, certificate = folder / "proxy.key", folder / "proxy.pem"
    csr = openssl("req", "-new", "-newkey", *kind, "-nodes", "-subj", "/CN=proxy", "-keyout", key)
    certificate.write_bytes(authority.issue(csr, f"subjectAltName={name}\n"))
    return certificate, key


@pytest.mark.parametrize("place", ["caBundle", "caFile"])
def test_a_proxy_by_tls(server, tmp_path, place):
    """The proxy's certificate is verified as that of every server; the password is not in clear text on the wire."""
    authority = Authority(tmp_path, "proxy-ca")
    certificate = certificate_of(authority, tmp_path, "IP:127.0.0.1")
    network = {**NETWORK, **PASSWORD, place: str(authority.certificate)}
    with Proxy(407, [BASIC], "Basic", certificate) as proxy, Worker({**network, "proxy": proxy.url}) as worker:
        assert worker.call("FetchTrustAnchors", est=est_of(server))["trustAnchors"] == server.authority.pem
        assert CLEAR in [credentials for _, _, credentials in proxy.requests]


@pytest.mark.parametrize(
    "trusted, name, kind",
    [(False, "IP:127.0.0.1", P_256), (True, "IP:127.0.0.2", P_256), (True, "IP:127.0.0.1", LONG_EXPONENT)],
    ids=["foreign", "other-name", "rsa-exponent"],
)
def test_a_proxy_by_tls_that_is_not_the_one(server, tmp_path, trusted, name, kind):
    authority = Authority(tmp_path, "proxy-ca")
    certificate = certificate_of(authority, tmp_path, name, kind)
    network = {**NETWORK, **PASSWORD, **({"caBundle": str(authority.certificate)} if trusted else {})}
    with Proxy(None, [], None, certificate) as proxy, Worker({**network, "proxy": proxy.url}) as worker:
        failure = worker.failure("FetchTrustAnchors", est=est_of(server))
        assert failure["reason"] == "proxy_failed"
        assert f"The proxy {proxy.url} can't be used: " in failure["message"]
        assert proxy.requests == []
