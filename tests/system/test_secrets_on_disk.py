"""Used secrets leave no copy on the file system: the state is on its own ext4, whose image is searched afterwards."""

import os
import subprocess
from pathlib import Path

import pytest

from support import namespace, programs


@pytest.fixture(name="image")
def make_image(tmp_path):
    """An image of ext4 that can be mounted here."""
    image = tmp_path / "image"
    with open(image, "wb") as file:
        file.truncate(16 << 20)
    try:
        subprocess.run(["mkfs.ext4", "-q", "-F", image], check=True, capture_output=True)
        mount = namespace.prefix('mount -o loop "$0" /mnt', image)
        mounted = os.geteuid() == 0 and subprocess.run([*mount, "true"], capture_output=True).returncode == 0
    except FileNotFoundError:
        mounted = False
    if not mounted:
        pytest.skip("no ext4 can be mounted here: that needs root, e2fsprogs and a loop device")
    return image


def key_body(pem):
    """A line in the middle of a key, as it stands in the file."""
    return pem.splitlines()[2].encode()


def test_no_used_secret_stays_in_the_blocks(idle, cloud, image):
    idle.state_directory.mkdir()
    idle.config.write(timing__backoff_initial=0.05, timing__backoff_cap=0.05)
    mount = namespace.prefix('mount -o loop "$0" "$1"; rmdir "$1/lost+found"; shift', image, idle.state_directory)
    idle.start(prefix=mount)
    idle.state_file = Path(f"/proc/{idle.pid}/root{idle.state_file}")
    token = cloud.token("EUROPE")
    idle.enable()
    cloud.fault("activations", "status", 503)
    idle.begin_registration(token)
    idle.wait_for(lambda r: r["attempt"] >= 2, "attempts, which are saved")
    secrets = [token.encode(), key_body(idle.saved()["privateKey"])]
    cloud.clear()
    idle.wait_state("registered")
    serial = idle.registration()["certificate"]["serial"]
    idle.call("Renew")
    idle.wait_for(lambda r: r["certificate"]["serial"] != serial and not r["running"], "a new certificate")
    current = key_body(idle.saved()["privateKey"])
    assert current not in secrets
    os.sync()
    # While it is in use, the key is where it belongs, so the search can find one.
    assert image.read_bytes().count(current) == 1
    assert [image.read_bytes().count(secret) for secret in secrets] == [0, 0]

    assert idle.ctl("deregister", "--yes", "--wait").returncode == 0
    assert idle.stop() == 0
    os.sync()
    assert image.read_bytes().count(current) == 0
    assert b"state.json" in image.read_bytes()
