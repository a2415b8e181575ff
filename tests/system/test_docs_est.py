"""The example of docs/est.md works."""

import json
import re

from support import programs

DOCUMENT = programs.ROOT / "docs" / "est.md"


def test_by_hand(tmp_path, cloud):
    script = "\n".join(re.findall(r"^```sh\n(.*?)^```", DOCUMENT.read_text(), re.M | re.S))
    (tmp_path / "script").write_text("set -eu\n" + script)
    environment = programs.environment(BUILD=str(programs.BUILD), CLOUD=str(cloud.directory))
    result = programs.run("sh", "script", cwd=tmp_path, env=environment)
    assert result.returncode == 0, result.stderr
    assert re.search(r"CN ?= ?1f0a0000-0000-4000-8000-000000000000", result.stdout)

    assert json.loads((tmp_path / "attributes").read_text()) == {"parameters": {}}
    old, new = (json.loads((tmp_path / name).read_text())["parameters"]["info"] for name in ("enrolled", "renewed"))
    assert new["notAfter"] > old["notAfter"] and new["fingerprint"] != old["fingerprint"]
    assert [(one.path.rsplit("/", 1)[1], one.status) for one in cloud.requests() if "/est/" in one.path] == [
        ("cacerts", "200"),
        ("csrattrs", "204"),
        ("csrattrs", "204"),
        ("simpleenroll", "200"),
        ("csrattrs", "204"),
        ("simplereenroll", "200"),
    ]
