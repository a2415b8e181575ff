"""The recipe "By hand" of README.md works as a block."""

import re

from support import programs


def test_by_hand(tmp_path):
    block = re.search(r"^## By hand\n+```sh\n(.*?)^```", (programs.ROOT / "README.md").read_text(), re.M | re.S)[1]
    lines = block.splitlines()
    assert lines[0] == "make" and lines[-1].startswith("trctl watch ")
    script = "\n".join(lines[1:-1]).replace("build/", f"{programs.BUILD}/")
    ending = "trap 'kill $(jobs -p); wait' EXIT\n"
    environment = programs.environment(TMPDIR=str(tmp_path))
    result = programs.run("bash", "-e", "-c", ending + script, cwd=programs.ROOT, env=environment)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "State           registered" in result.stdout
