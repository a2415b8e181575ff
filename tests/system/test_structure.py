"""tests/layers and tests/circles: what they forbid is found, and named with the rule; the tree as it is passes."""

import os
import re
import shutil
import subprocess

import pytest

from support import programs

LAYERS, CIRCLES = programs.ROOT / "tests" / "layers", programs.ROOT / "tests" / "circles"


@pytest.fixture(name="tree")
def make_tree(tmp_path):
    """The sources, and links to the objects made of them."""
    shutil.copytree(programs.ROOT / "src", tmp_path / "src")
    shutil.copytree(programs.ROOT / "include", tmp_path / "include")
    objects = tmp_path / "build" / "obj" / "src"
    shutil.copytree(programs.BUILD / "obj" / "src", objects, copy_function=os.symlink)
    return tmp_path


def layers(tree, script=LAYERS):
    result = programs.run(script, tree)
    assert not result.stderr or result.returncode
    return result.returncode, result.stdout + result.stderr


def circles(tree):
    result = programs.run(CIRCLES, tree / "build", tree)
    return result.returncode, result.stdout + result.stderr


def append(path, line):
    text = path.read_text(encoding="utf-8")
    path.write_text(f"{text}{line}\n", encoding="utf-8")
    return len(text.splitlines()) + 1


def compile_source(tree, name, text):
    source, made = tree / "src" / f"{name}.c", tree / "build" / "obj" / "src" / f"{name}.o"
    source.write_text(text, encoding="utf-8")
    subprocess.run(["cc", "-c", "-o", made, source], check=True)


def change_script(tree, old, new):
    """tests/layers with another table or list."""
    script = tree / "layers"
    text = LAYERS.read_text(encoding="utf-8")
    assert re.search(old, text, re.M)
    script.write_text(re.sub(old, new, text, count=1, flags=re.M), encoding="utf-8")
    script.chmod(0o755)
    return script


def test_the_tree_passes(tree):
    code, output = layers(tree)
    assert (code, output.split(":")[0]) == (0, "layers"), output
    code, output = circles(tree)
    assert (code, output.split(":")[0]) == (0, "circles"), output


@pytest.mark.parametrize(
    "file, include, rule",
    [
        ("common/log.c", '"daemon/api/api.h"', 'common may not include "daemon/api/api.h"'),
        ("daemon/socket/listener.c", '"daemon/api/api.h"', 'daemon/socket may not include "daemon/api/api.h"'),
        ("ctl/run.c", '"client/error.h"', 'ctl may not include "client/error.h"'),
        ("daemon/state/store.c", "<openssl/evp.h>", "daemon/state may not include <openssl/evp.h>"),
        ("common/log.c", '"json.h"', '"json.h" is not the path of a header from src/'),
    ],
)
def test_forbidden_include(tree, file, include, rule):
    line = append(tree / "src" / file, f"#include {include}")
    code, output = layers(tree)
    assert (code, output) == (1, f"src/{file}:{line}: {rule}\n")


def test_second_header_of_a_name(tree):
    (tree / "src/daemon/state/memory.h").touch()
    code, output = layers(tree)
    assert code == 1
    assert output == "src/daemon/state/memory.h: daemon has a second header of this name: src/common/memory.h\n"


def test_folder_without_a_row(tree):
    (tree / "src/daemon/attic").mkdir()
    (tree / "src/daemon/attic/attic.c").touch()
    code, output = layers(tree)
    assert (code, output) == (1, "src/daemon/attic/attic.c: the table in tests/layers has no row for daemon/attic\n")


def test_table_with_a_circle(tree):
    script = change_script(tree, "^daemon/config: +common", "daemon/config: common daemon/state")
    code, output = layers(tree, script)
    assert (code, output) == (
        1,
        "tests/layers: daemon/config can't use daemon/state, which doesn't come before it in the table\n",
    )
    script = change_script(tree, "^daemon/core:", "confine: common\ndaemon/core:")
    code, output = layers(tree, script)
    assert (code, output) == (1, "tests/layers: confine stands twice in the table\n")


def test_circle_of_objects(tree):
    compile_source(tree, "common/hen", "void hen(void); void egg(void);\nvoid hen(void) { egg(); }\n")
    compile_source(tree, "common/egg", "void hen(void); void egg(void);\nvoid egg(void) { hen(); }\n")
    code, output = circles(tree)
    assert code == 1
    assert "daemon: these objects need each other in a circle: common/egg common/hen\n" in output


def test_circle_of_folders(tree):
    compile_source(tree, "common/upwards", "void above(void); void below(void);\nvoid below(void) { above(); }\n")
    compile_source(tree, "confine/above", "void above(void);\nvoid above(void) { }\n")
    code, output = circles(tree)
    assert code == 1
    assert "worker: these folders need each other in a circle: common confine\n" in output


def test_object_that_is_not_built(tree):
    (tree / "src/confine/late.c").touch()
    code, output = circles(tree)
    assert (code, output) == (1, f"tests/circles: not built: {tree}/build/obj/src/confine/late.o\n")
