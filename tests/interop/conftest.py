"""The fixtures of tests/system."""

import importlib.util
from pathlib import Path

spec = importlib.util.spec_from_file_location(
    "system_fixtures", Path(__file__).resolve().parents[1] / "system" / "conftest.py"
)
system_fixtures = importlib.util.module_from_spec(spec)
spec.loader.exec_module(system_fixtures)
globals().update({name: value for name, value in vars(system_fixtures).items() if name.startswith("make_")})
