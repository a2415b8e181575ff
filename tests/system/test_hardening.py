"""How the programs and the library are built: what the linker and the compiler put in against exploits."""

import os
import platform
import re
import subprocess

import pytest

from support import programs

PROGRAMS = ["threatresponsed", "threatresponse-worker", "trctl", "trsandbox"]
ALL = [*PROGRAMS, "libthreatresponse.so.0"]
FLAGS = (programs.BUILD / "flags").read_text(encoding="utf-8").split()
SANITIZED = any(flag.startswith("-fsanitize=") for flag in FLAGS)
OPTIMIZED = "-O0" not in FLAGS


def look(tool, *arguments):
    return subprocess.run([tool, *arguments], capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("name", ALL)
def test_the_linker(name):
    """Position-independent, all names bound at the start and read-only then, no executable stack."""
    path = programs.program(name)
    assert re.search(r"Type: +DYN", look("readelf", "-h", path))
    assert re.search(r"FLAGS.*BIND_NOW|FLAGS_1.*NOW", look("readelf", "-d", path))
    segments = look("readelf", "-lW", path)
    assert "GNU_RELRO" in segments
    (stack,) = re.findall(r"GNU_STACK.* (R\S*) +0x", segments)
    assert stack == "RW"
    assert not re.search(r"LOAD.* RWE ", segments)


@pytest.mark.skipif(SANITIZED or not OPTIMIZED, reason="a sanitizer or no optimization takes their place")
@pytest.mark.parametrize("name", ALL)
def test_the_compiler(name):
    """Checked string functions and a guard on the stack; on x86, marks where jumps may go."""
    path = programs.program(name)
    symbols = look("readelf", "--dyn-syms", "-W", path)
    assert "__stack_chk_fail" in symbols
    assert re.search(r"__\w+_chk\b", symbols.replace("__stack_chk_fail", ""))
    if platform.machine() == "x86_64":
        marks = look("objdump", "-d", "--no-show-raw-insn", path).count("endbr64")
        assert marks > 50


def test_the_flags():
    """The newest level of checked functions, and each of the other flags that the compiler has."""
    if SANITIZED:
        pytest.skip("a sanitizer takes their place")
    assert "-D_FORTIFY_SOURCE=3" in FLAGS and "-fstack-protector-strong" in FLAGS
    assert "-fstack-clash-protection" in FLAGS
    compiler = FLAGS[: next(i for i, flag in enumerate(FLAGS) if flag.startswith("-"))]
    for flag in ("-fcf-protection", "-ftrivial-auto-var-init=zero", "-fzero-call-used-regs=used-gpr"):
        result = subprocess.run(
            [*compiler, "-Werror", flag, "-x", "c", "-c", os.devnull, "-o", os.devnull], capture_output=True, check=False
        )
        assert (flag in FLAGS) == (result.returncode == 0), flag
