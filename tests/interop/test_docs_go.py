"""The example in Go of docs/api.md works."""

import os

from support import documents, programs


def test_go_example(agent, tmp_path):
    (source,) = documents.blocks(documents.section(documents.read("api.md"), "Go"), "go")
    (tmp_path / "example.go").write_text(source)
    environment = {name: value for name, value in os.environ.items() if name.startswith(("GO", "CGO"))}
    built = programs.run(
        "go", "build", "-o", tmp_path / "example", tmp_path / "example.go",
        env=programs.environment(**environment), timeout=300,
    )  # fmt: skip
    assert (built.returncode, built.stderr) == (0, "")
    result = programs.run(tmp_path / "example", agent.socket)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.splitlines() == [
        "APJC false",
        "EUROPE true",
        "AMERICAS true",
        "org.threatresponse.agent.UnknownServer",
    ]
