"""A small EST server that is independent of the sandbox: each test gives its answers, and it keeps the requests."""

import base64
import socket
import ssl
import subprocess
import threading
from dataclasses import dataclass, field

from support import programs


@dataclass
class Request:
    method: str
    path: str
    headers: dict
    body: bytes
    connection: int
    tls: str
    unique: bytes
    chain: int


@dataclass
class Answer:
    status: int = 200
    body: bytes = b""
    headers: dict = field(default_factory=dict)
    length: bool = True


def openssl(*arguments, data=None):
    result = subprocess.run(
        ["openssl", *map(str, arguments)], input=data, capture_output=True, timeout=programs.DEADLINE, check=False
    )
    assert result.returncode == 0, result.stderr.decode()
    return result.stdout


class Authority:
    """A CA in files."""

    def __init__(self, folder, name):
        self.key, self.certificate = folder / f"{name}.key", folder / f"{name}.pem"
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", 30, "-subj",
                f"/CN={name}", "-keyout", self.key, "-out", self.certificate)

    @property
    def pem(self):
        return self.certificate.read_text()

    def fingerprint(self):
        return openssl("x509", "-in", self.certificate, "-noout", "-fingerprint", "-sha256").decode().split("=")[1].strip()

    def issue(self, csr, extensions, days=10):
        """Issues the certificate of a request; both are in PEM."""
        config = self.certificate.with_suffix(".extensions")
        config.write_text(extensions)
        return openssl("x509", "-req", "-CA", self.certificate, "-CAkey", self.key, "-days", days, "-extfile", config,
                       data=csr)


DEVICE = "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=clientAuth\n"


def pkcs7(*pems):
    """Returns a certs-only PKCS#7 in base64."""
    joined = b"".join(pem if isinstance(pem, bytes) else pem.encode() for pem in pems)
    return base64.encodebytes(openssl("crl2pkcs7", "-nocrl", "-certfile", "/dev/stdin", "-outform", "DER", data=joined))


class ForeignServer:
    """Listens on a port of localhost, or on the given socket, while the context lasts. answers maps the last part of a path
    to a function of the request, or to the answer."""

    def __init__(self, folder, listener=None):
        self.listener = listener
        self.authority = Authority(folder, "foreign-ca")
        self.tls = Authority(folder, "foreign-tls")
        self.requests, self.connections = [], 0
        self.answers = {
            "cacerts": Answer(body=pkcs7(self.authority.pem)),
            "csrattrs": Answer(204),
            "simpleenroll": self.enroll,
            "simplereenroll": self.enroll,
        }
        key, certificate = folder / "server.key", folder / "server.pem"
        csr = openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
                      "/CN=localhost", "-keyout", key)
        certificate.write_bytes(self.tls.issue(csr, "subjectAltName=DNS:localhost\n"))
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate, key)
        self.context.load_verify_locations(self.authority.certificate)
        self.context.verify_mode = ssl.CERT_OPTIONAL

    def enroll(self, request):
        """Answers with the certificate of the request."""
        csr = openssl("req", "-inform", "DER", data=base64.b64decode(request.body))
        return Answer(body=pkcs7(self.authority.issue(csr, DEVICE)))

    @property
    def url(self):
        return f"https://localhost:{self.socket.getsockname()[1]}/.well-known/est"

    def asked(self):
        return [f"{one.method} {one.path.rsplit('/', 1)[1]}" for one in self.requests]

    def __enter__(self):
        self.socket = self.listener or socket.create_server(("127.0.0.1", 0))
        self.ended = False
        self.threads = [threading.Thread(target=self.accept, daemon=True)]
        self.threads[0].start()
        return self

    def __exit__(self, *_):
        self.ended = True
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        self.threads[0].join(programs.DEADLINE)

    def accept(self):
        while not self.ended:
            try:
                raw, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(raw,), daemon=True).start()

    def serve(self, raw):
        try:
            with self.context.wrap_socket(raw, server_side=True) as connection:
                self.connections += 1
                number = self.connections
                while self.serve_one(connection, number):
                    pass
        except OSError:
            pass

    def serve_one(self, connection, number):
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            byte = connection.recv(1)
            if not byte:
                return False
            head += byte
        first, *lines = head.decode().strip().split("\r\n")
        method, path, _ = first.split(" ")
        headers = {name.lower(): value.strip() for name, value in (line.split(":", 1) for line in lines)}
        body = b""
        while len(body) < int(headers.get("content-length", 0)):
            body += connection.recv(65536)
        # pylint: disable=protected-access
        chain = connection._sslobj.get_unverified_chain() if connection.getpeercert(True) else []
        unique = connection.get_channel_binding("tls-unique")
        request = Request(method, path, headers, body, number, connection.version(), unique, len(chain))
        self.requests.append(request)
        answer = self.answers[path.rsplit("/", 1)[1]]
        return self.send(connection, answer(request) if callable(answer) else answer)

    @staticmethod
    def send(connection, answer):
        """Sends an answer; False, or no answer, ends the connection."""
        if answer is None:
            return False
        lines = [f"HTTP/1.1 {answer.status} X", *(f"{name}: {value}" for name, value in answer.headers.items())]
        if answer.length:
            lines.append(f"Content-Length: {len(answer.body)}")
        connection.sendall(("\r\n".join(lines) + "\r\n\r\n").encode() + answer.body)
        return True
