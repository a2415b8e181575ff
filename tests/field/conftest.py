"""The fixtures of tests/system, and those of the servers of the field."""

import importlib.util
from pathlib import Path

import pytest

import certificates

spec = importlib.util.spec_from_file_location(
    "system_fixtures", Path(__file__).resolve().parents[1] / "system" / "conftest.py"
)
system_fixtures = importlib.util.module_from_spec(spec)
spec.loader.exec_module(system_fixtures)
globals().update({name: value for name, value in vars(system_fixtures).items() if name.startswith("make_")})


@pytest.fixture(name="identity")
def make_identity(tmp_path, cloud):
    """Key and certificate of a server for the hosts of the cloud."""
    return certificates.server_identity(tmp_path, cloud)
