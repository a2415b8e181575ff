"""TLS with servers of other kinds: what was offered on both sides is told, and a refused certificate is told as such."""

import socket
import ssl
import struct
import threading

import pytest

from support.est_worker import PASSWORD, est_of
from support.foreign import DEVICE, Authority, openssl
from support.tls_server import TlsServer
from support.worker import Worker

CLIENT = {"guid": "1f0a0000-0000-4000-8000-000000000000", "name": "x" * 250, "type": "", "version": "", "description": "d" * 999}


def identity_of(folder, authority, key, *options):
    """Credentials of the key, issued by the authority with more options of openssl x509."""
    file = folder / "device.key"
    file.write_text(key)
    csr = openssl("req", "-new", "-key", file, "-subj", "/CN=device")
    (folder / "device.ext").write_text(DEVICE)
    pem = openssl("x509", "-req", "-CA", authority.certificate, "-CAkey", authority.key, "-extfile", folder / "device.ext",
                  *(options or ["-days", 9]), data=csr)
    (folder / "device.pem").write_bytes(pem)
    return {"certificate": pem.decode(), "privateKey": key}


def revoke(folder, authority):
    """Makes a CRL with the certificate of identity_of() in it."""
    config = folder / "ca.conf"
    config.write_text(
        f"[ca]\ndefault_ca=d\n[d]\ndatabase={folder}/index\ndefault_md=sha256\ndefault_crl_days=9\n"
    )
    (folder / "index").write_text("")
    crl = folder / "crl.pem"
    common = ["ca", "-config", config, "-cert", authority.certificate, "-keyfile", authority.key]
    openssl(*common, "-revoke", folder / "device.pem")
    openssl(*common, "-gencrl", "-out", crl)
    return crl


@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
@pytest.mark.parametrize(
    "case, reason, words",
    [
        ("known", None, ""),
        ("foreign", "certificate_refused", "unknown CA"),
        ("expired", "certificate_expired", "certificate expired"),
        ("revoked", "certificate_refused", "certificate revoked"),
    ],
)
def test_a_client_certificate(tmp_path, key, version, case, reason, words):
    authority, other = Authority(tmp_path, "ca"), Authority(tmp_path, "other")
    expired = ["-not_before", "20200101000000Z", "-not_after", "20210101000000Z"]
    if case == "expired" and b"-not_before" not in openssl("x509", "-help", data=b""):
        expired = ["-days", "-1"]
    identity = identity_of(tmp_path, other if case == "foreign" else authority, key, *(expired if case == "expired" else []))
    options = ["-CAfile", authority.certificate, "-Verify", "3", "-verify_return_error", "-www", version]
    if case == "revoked":
        options += ["-crl_check", "-CRL", revoke(tmp_path, authority)]
    with TlsServer(tmp_path, *options) as server, Worker(server.network) as worker:
        if not reason:
            # The page of s_server.
            assert worker.failure("GetContextStatus", url=server.url, credentials=identity)["httpStatus"] == 200
            return
        for method, more in [("GetContextStatus", {}), ("Refresh", {"client": CLIENT}), ("DeleteContext", {})]:
            failure = worker.failure(method, url=server.url, credentials=identity, **more)
            assert failure["reason"] == reason
            assert failure["message"] == f"{server.url[8:-1]} refused the appliance's certificate in TLS: {words}."


class Resetting:
    """A server of TLS 1.3 that wants a certificate of its own CA, and resets the connection behind its alert."""

    def __init__(self, server, authority):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(server.certificate, server.folder / "localhost.key")
        self.context.load_verify_locations(authority.certificate)
        self.context.verify_mode = ssl.CERT_REQUIRED
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"https://localhost:{self.socket.getsockname()[1]}/"
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                raw, _ = self.socket.accept()
            except OSError:
                return
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            with raw.dup():
                try:
                    self.context.wrap_socket(raw, server_side=True)
                except OSError:
                    pass


def test_an_alert_that_comes_with_a_reset_is_read(tmp_path, key):
    """Sending the request fails before the alert was read: that is the reason, not the reset."""
    authority, other = Authority(tmp_path, "ca"), Authority(tmp_path, "other")
    identity = identity_of(tmp_path, other, key)
    server = TlsServer(tmp_path)
    resetting = Resetting(server, authority)
    for _ in range(12):
        with Worker(server.network) as worker:
            failure = worker.failure("Refresh", url=resetting.url, credentials=identity, client=CLIENT)
            assert failure["reason"] == "certificate_refused", failure
    resetting.socket.shutdown(socket.SHUT_RDWR)
    resetting.socket.close()


def refused_by(folder, key, *options, **more):
    """The failure of an enrolment at a server with these options."""
    est = {key: more.pop(key) for key in list(more) if key == "proofOfPossession"}
    with TlsServer(folder, *options, **more) as server, Worker(server.network) as worker:
        parameters = {"est": {"url": server.url, "csrAttributes": False, **est}, "enrollment": PASSWORD, "privateKey": key,
                      "commonName": "device", "trustAnchors": server.authority.pem}
        return worker.failure("Enroll", **parameters)


@pytest.mark.parametrize(
    "options, more, reason, words",
    [
        (["-tls1_3"], {"proofOfPossession": "always"}, "unexpected_reply",
         "protocol version (alert 70). It was offered HTTP/1.1 over TLS 1.2 alone, which the proof of possession needs "
         '(est.proof_of_possession = "never" does without)'),
        (["-tls1_2", "-cipher", "AES128-SHA"], {"rsa": 2048}, "unexpected_reply",
         "handshake failure (alert 40). It was offered HTTP/1.1 over TLS 1.2 and 1.3, key exchange by (EC)DHE."),
        (["-tls1_2", "-cipher", "AES256-GCM-SHA384"], {"rsa": 2048}, "unexpected_reply", "handshake failure (alert 40)"),
        (["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"], {}, "unexpected_reply", "protocol version (alert 70)"),
        (["-cipher", "ALL:@SECLEVEL=0"], {"rsa": 1024}, "tls_untrusted", "key too weak"),
        (["-www"], {"rsa": 2048, "exponent": 2**64 + 13}, "tls_untrusted",
         "is not trusted (the exponent of its RSA key is not an odd number from 3 to 64 bits): subject CN=localhost"),
        (["-www"], {"extensions": "basicConstraints=CA:FALSE\n"}, "tls_name",
         "names no host among its alternative names, which alone count (RFC 9525)"),
        (["-www"], {"extensions": "subjectAltName=email:localhost@example.com\n"}, "tls_name", "names no host among"),
        (["-alpn", "h2"], {}, "unexpected_reply", "no application protocol (alert 120). It was offered HTTP/1.1"),
    ],
    ids=["tls-1.3-only", "static-rsa", "static-rsa-gcm", "tls-1.1", "rsa-1024", "rsa-exponent", "no-name", "no-host", "h2"],
)
def test_what_was_offered_is_told(tmp_path, key, options, more, reason, words):
    failure = refused_by(tmp_path, key, *options, **more)
    assert failure["reason"] == reason, failure
    assert words in failure["message"]


@pytest.mark.parametrize("exponent, words", [(65537, None), (2**64 + 13, "is not trusted (of a CA above it: the exponent of its RSA key")])
def test_a_ca_between(tmp_path, exponent, words):
    """The keys of all certificates of the chain count, not only the server's."""
    between, certificate = tmp_path / "between.key", tmp_path / "between.pem"
    server = TlsServer(tmp_path, "-www", "-cert_chain", certificate)
    csr = openssl("req", "-new", "-newkey", "rsa", "-pkeyopt", "rsa_keygen_bits:2048", "-pkeyopt", f"rsa_keygen_pubexp:{exponent}",
                  "-nodes", "-subj", "/CN=between", "-keyout", between)
    certificate.write_bytes(server.authority.issue(csr, "basicConstraints=critical,CA:TRUE\n"))
    leaf = openssl("req", "-new", "-key", tmp_path / "localhost.key", "-subj", "/CN=localhost")
    (tmp_path / "names").write_text("subjectAltName=DNS:localhost\n")
    server.certificate.write_bytes(openssl("x509", "-req", "-CA", certificate, "-CAkey", between, "-extfile", tmp_path / "names", data=leaf))
    with server, Worker(server.network) as worker:
        failure = worker.failure("FetchTrustAnchors", est={"url": server.url})
    if not words:
        assert failure["httpStatus"] == 200, failure
        return
    assert failure["reason"] == "tls_untrusted", failure
    assert words in failure["message"]


def test_a_ca_of_the_same_name_with_another_key(tmp_path):
    """As a private CA that was made anew: its certificate is the one that is trusted, and did not sign."""
    extensions = "subjectAltName=DNS:localhost\nauthorityKeyIdentifier=none\n"
    with TlsServer(tmp_path, "-www", extensions=extensions) as server:
        Authority(tmp_path, "tls-ca")
        with Worker(server.network) as worker:
            failure = worker.failure("FetchTrustAnchors", est={"url": server.url})
    assert failure["reason"] == "tls_untrusted"
    assert "is not trusted (certificate signature failure): subject CN=localhost, issuer CN=tls-ca" in failure["message"]


@pytest.mark.parametrize("options", [["-tls1_2"], ["-tls1_3"], ["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA"]])
def test_servers_that_are_taken(tmp_path, options):
    """The page of s_server is what fails."""
    with TlsServer(tmp_path, *options, "-www") as server, Worker(server.network) as worker:
        assert worker.failure("FetchTrustAnchors", est={"url": server.url})["httpStatus"] == 200


@pytest.mark.parametrize(
    "reply, message",
    [
        (b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n", "answered the TLS handshake with something else than TLS"),
        (b"220 mail.example ESMTP\r\n", "answered the TLS handshake with something else than TLS"),
        (b"", "The TLS handshake with"),
    ],
    ids=["http", "smtp", "closed"],
)
def test_a_server_without_tls(reply, message, server, worker):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        def answer():
            connection, _ = listener.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(reply)

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        url = f"https://localhost:{listener.getsockname()[1]}/"
        failure = worker.failure("FetchTrustAnchors", est={**est_of(server), "url": url})
        thread.join()
        assert failure["reason"] == ("unexpected_reply" if reply else "server_error")
        assert message in failure["message"]


def test_a_server_that_speaks_http_2_unasked(server, worker):
    """It ignores what was offered."""
    server.serve_one = lambda connection, number: (
        connection.recv(4096), connection.sendall(b"\0\0\x12\4\0\0\0\0\0\0\3\0\0\0\x80\0\4\0\1\0\0\0\5\0\xff\xff\xff"), False
    )[-1]
    failure = worker.failure("FetchTrustAnchors", est=est_of(server))
    assert failure["reason"] == "unexpected_reply"
    assert "answered with something else than the HTTP/1.1 that was offered" in failure["message"]
