"""Parameters of calls of a worker that is sent to a foreign EST server by hand."""

import base64
import re

from support.foreign import openssl

BEARER = {"scheme": "bearer", "secret": "s3cret"}
PASSWORD = {"scheme": "basic", "username": "device", "secret": "s3cret"}
NETWORK = {"caBundle": "/etc/ssl/certs/ca-certificates.crt", "connectTimeout": 10000, "timeout": 20000}
# In DER: a sequence of the OID of challengePassword.
CHALLENGE_PASSWORD = bytes.fromhex("300b06092a864886f70d010907")


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


def assert_bound(request):
    assert request.tls == "TLSv1.2"
    expected = base64.b64encode(request.unique).decode()
    assert re.search(r"challengePassword\s*:\s*(\S+)", csr_text(request.body)).group(1) == expected
