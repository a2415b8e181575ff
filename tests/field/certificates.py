"""Certificates for the servers of the field, by the openssl program: the sandbox's CAs issue them."""

from support import programs
from support.cloud import EST_HOST, SSE_HOSTS

NEW_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]


def openssl(*arguments, **options):
    result = programs.run("openssl", *arguments, **options)
    assert result.returncode == 0, result.stderr
    return result.stdout


def server_identity(folder, cloud):
    """Makes a certificate for all hosts of the cloud; returns the path of a file with it and its key."""
    names = ",".join(f"DNS:{host}" for host in [EST_HOST, *SSE_HOSTS.values()])
    request, extensions, key, both = (folder / f"front.{end}" for end in ("csr", "ext", "key", "pem"))
    extensions.write_text(f"subjectAltName={names}\n")
    openssl("req", "-new", *NEW_KEY, "-subj", "/CN=front", "-keyout", key, "-out", request)
    certificate = openssl(
        "x509", "-req", "-in", request, "-CA", cloud.directory / "tls-ca.pem", "-CAkey", cloud.directory / "tls-ca.key",
        "-set_serial", "77", "-days", "365", "-extfile", extensions,
    )  # fmt: skip
    both.write_text(certificate + key.read_text())
    return both


def foreign_ca(folder, name="Somebody Else"):
    """Makes a root that is unrelated to the sandbox; returns the paths of certificate and key."""
    key, certificate = folder / "foreign.key", folder / "foreign.pem"
    openssl("req", "-x509", *NEW_KEY, "-days", "30", "-subj", f"/CN={name}", "-keyout", key, "-out", certificate)
    return certificate, key


def device_cas(folder, cloud):
    """Returns a file with the CAs that issue the certificates of devices."""
    bundle = folder / "device-cas.pem"
    bundle.write_text("".join((cloud.directory / f"est-{name}.pem").read_text() for name in ("root", "issuing")))
    return bundle


def revocations(folder, cloud, *serials):
    """Returns a file with the revocation lists of both CAs; that of the issuing CA revokes the serial numbers."""
    lists = folder / "revoked.pem"
    text = ""
    for name, revoked in (("root", ()), ("issuing", serials)):
        index, config = folder / f"{name}.index", folder / f"{name}.cnf"
        rows = [f"R\t400101000000Z\t250101000000Z\t{one.upper()}\tunknown\t/CN=device\n" for one in revoked]
        index.write_text("".join(rows))
        config.write_text(f"[ca]\ndefault_ca=ca1\n[ca1]\ndatabase={index}\ndefault_md=sha256\ndefault_crl_days=365\n")
        ca = cloud.directory / f"est-{name}.pem"
        text += openssl("ca", "-config", config, "-cert", ca, "-keyfile", ca.with_suffix(".key"), "-gencrl")
    lists.write_text(text)
    return lists
