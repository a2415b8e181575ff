"""The whole agent with an EST server that is not the sandbox's: the regional server takes its certificates."""

import pytest

from support.est import BRISK, renew
from support.foreign import Authority
from support.refreshing import wait_refreshes


@pytest.fixture(name="foreign")
def make_foreign(idle, cloud, server):
    """An agent that isn't started, whose EST server is a foreign one."""
    idle.config.write(est__url=server.url, est__tls_anchors_file=str(server.tls.certificate), **BRISK)
    return idle


def test_a_whole_life(foreign, cloud, server):
    cloud.restart("--device-ca", server.authority.certificate)
    foreign.start()
    first = foreign.register()["certificate"]
    assert first["issuer"] == "CN=foreign-ca"
    assert cloud.devices()[0]["certificateSerial"] == first["serial"]
    second = renew(foreign)["certificate"]
    wait_refreshes(foreign, cloud)
    assert cloud.devices()[0]["certificateSerial"] == second["serial"] != first["serial"]
    assert server.asked().count("POST simpleenroll") == server.asked().count("POST simplereenroll") == 1
    assert foreign.ctl("deregister", "--yes", "--wait").returncode == 0
    assert cloud.devices() == []


def test_certificates_of_another_ca_are_refused(foreign, cloud, tmp_path):
    cloud.restart("--device-ca", Authority(tmp_path, "unrelated").certificate)
    foreign.start()
    foreign.enable()
    foreign.begin_registration()
    failure = foreign.wait_failure("certificate_refused", "confirm")["lastFailure"]
    assert "The client certificate was not issued here." in failure["message"]


def test_a_file_that_has_no_certificate(cloud, tmp_path):
    (tmp_path / "none.pem").write_text("nothing\n")
    cloud.stop()
    with pytest.raises(AssertionError, match="cannot use the CA certificates in .*none.pem"):
        cloud.start("--device-ca", tmp_path / "none.pem")
    cloud.process.wait()
    cloud.process.stdout.close()
    cloud.process = None
    cloud.start("--refresh-interval", 1200)
