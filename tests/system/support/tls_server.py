"""The openssl program as a TLS server on loopback, with a CA and certificates of its own."""

import subprocess

from support import programs
from support.foreign import Authority, openssl


def make_request(folder, name, curve="P-256"):
    """Makes a key in folder/NAME.key; returns its certificate request."""
    return openssl("req", "-new", "-newkey", "ec", "-pkeyopt", f"ec_paramgen_curve:{curve}", "-nodes", "-subj",
                   f"/CN={name}", "-keyout", folder / f"{name}.key")


class TlsServer:
    """Listens while the context lasts, with more options of s_server. Requests get a page, which is no answer of the cloud."""

    def __init__(self, folder, *options, extensions="subjectAltName=DNS:localhost\n", rsa=None, exponent=65537):
        self.folder, self.options = folder, options
        self.authority = Authority(folder, "tls-ca")
        if rsa:
            csr = openssl("req", "-new", "-newkey", "rsa", "-pkeyopt", f"rsa_keygen_bits:{rsa}", "-pkeyopt",
                          f"rsa_keygen_pubexp:{exponent}", "-nodes", "-subj", "/CN=localhost", "-keyout", folder / "localhost.key")
        else:
            csr = make_request(folder, "localhost")
        self.certificate = folder / "localhost.pem"
        self.certificate.write_bytes(self.authority.issue(csr, extensions))
        self.network = {"caBundle": str(self.authority.certificate), "connectTimeout": 10000, "timeout": 20000}

    def __enter__(self):
        self.process = subprocess.Popen(
            programs.bound_to_us("openssl", "s_server", "-accept", "127.0.0.1:0", "-cert", self.certificate, "-key",
                                 self.folder / "localhost.key", *self.options),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=programs.environment(),
        )
        for line in self.process.stdout:
            if line.startswith(b"ACCEPT"):
                self.url = f"https://localhost:{int(line.rsplit(b':', 1)[1])}/"
                return self
        raise AssertionError("openssl s_server does not listen")

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate(timeout=programs.DEADLINE)
