"""metrics --output: what the path names, with and without a daemon that answers."""

import os
import socket
import stat
import subprocess

import pytest

from support import programs


@pytest.fixture(name="folder", params=["answering", "absent"])
def make_folder(request, idle):
    """A folder for the file, with a daemon or without."""
    if request.param == "answering":
        idle.start()
    folder = idle.folder / "collector"
    folder.mkdir()
    return folder, idle, request.param == "answering"


def expected(answers):
    return (0, "threatresponse_up 1\n") if answers else (3, "threatresponse_up 0\n")


def check(made, path, read):
    """Writes to the path, reads what came, and looks that no file was left beside it."""
    folder, agent, answers = made
    before = set(os.listdir(folder))
    result = agent.ctl("metrics", "--output", path)
    code, line = expected(answers)
    assert result.returncode == code, result.stderr
    assert line in read()
    assert set(os.listdir(folder)) - before <= {path.name, "target"}
    return result


@pytest.mark.parametrize("before", ["absent", "old", "read-only"])
def test_a_regular_file_is_replaced(folder, before):
    file = folder[0] / "threatresponse.prom"
    inode = None
    if before != "absent":
        file.write_text("old")
        inode = file.stat().st_ino
        file.chmod(0o444 if before == "read-only" else 0o600)
        keep = open(file, encoding="utf-8")
    check(folder, file, file.read_text)
    assert stat.S_IMODE(file.stat().st_mode) == 0o644
    if inode:
        # Who reads the old file reads it whole.
        assert keep.read() == "old" and file.stat().st_ino != inode
        keep.close()


@pytest.mark.parametrize("links", [1, 2, 3])
@pytest.mark.parametrize("target", ["present", "dangling"])
def test_the_target_of_a_link_is_replaced(folder, links, target):
    place = folder[0] / "target"
    if target == "present":
        place.write_text("old")
    previous = "target"
    for n in range(links):
        link = folder[0] / f"link{n}"
        # Relative and absolute ones.
        link.symlink_to(previous if n % 2 == 0 else folder[0] / previous)
        previous = link.name
    check(folder, link, place.read_text)
    assert all((folder[0] / f"link{n}").is_symlink() for n in range(links))
    assert not place.is_symlink() and stat.S_ISREG(place.stat().st_mode)


def test_devices_are_written_into(folder):
    for path in ("/dev/null", "/dev/full"):
        before = os.stat(path)
        link = folder[0] / os.path.basename(path)
        link.symlink_to(path)
        for name in (path, link):
            result = folder[1].ctl("metrics", "--output", name)
            after = os.stat(path)
            assert stat.S_ISCHR(after.st_mode) and (after.st_ino, after.st_rdev) == (before.st_ino, before.st_rdev)
            if path == "/dev/null":
                assert result.returncode == expected(folder[2])[0], result.stderr
            else:
                assert result.returncode == (1 if folder[2] else 3)
                assert f"Can't write {name}: No space left on device." in result.stderr
        assert link.is_symlink()


def test_a_file_whose_folder_takes_no_other(folder):
    result = folder[1].ctl("metrics", "--output", "/proc/version")
    assert result.returncode == (1 if folder[2] else 3)
    assert "Can't write /proc/version: no file can be made in its folder." in result.stderr


def test_a_fifo_is_written_into(folder):
    path = folder[0] / "fifo"
    os.mkfifo(path)
    result = folder[1].ctl("metrics", "--output", path)
    assert result.returncode == (1 if folder[2] else 3)
    assert f"Can't write {path}: nobody reads the FIFO." in result.stderr
    with subprocess.Popen(["cat", path], stdout=subprocess.PIPE, text=True) as reader:
        programs.until(lambda: folder[1].ctl("metrics", "--output", path).returncode == expected(folder[2])[0], "a reader")
        assert expected(folder[2])[1] in reader.stdout.read()
    assert stat.S_ISFIFO(path.stat().st_mode)


@pytest.mark.parametrize("path", ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"])
@pytest.mark.parametrize("kind", ["pipe", "file", "socket"])
def test_standard_output(folder, path, kind):
    """A file that the shell has opened is not exchanged below it, and keeps what came before."""
    code, line = expected(folder[2])
    command = [programs.program("trctl"), "--socket", folder[1].socket, "metrics", "--output", path]
    if kind == "pipe":
        result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
        assert (result.returncode, line in result.stdout) == (code, True), result.stderr
    elif kind == "socket":
        ours, theirs = socket.socketpair()
        with ours, theirs:
            assert subprocess.run(command, stdout=theirs, stderr=subprocess.DEVNULL, check=False).returncode == code
            theirs.close()
            assert line in ours.makefile().read()
    else:
        file = folder[0] / "log"
        with open(file, "w", encoding="utf-8") as log:
            log.write("before\n")
            log.flush()
            assert subprocess.run(command, stdout=log, stderr=subprocess.DEVNULL, check=False).returncode == code
            os.write(log.fileno(), b"after\n")
            assert os.fstat(log.fileno()).st_ino == file.stat().st_ino
        text = file.read_text()
        assert text.startswith("before\n") and text.endswith("after\n") and line in text
        assert os.listdir(folder[0]) == ["log"]


@pytest.mark.parametrize(
    "kind, why",
    [("directory", "Is a directory"), ("socket", "it is a socket"), ("loop", "Too many levels of symbolic links")],
)
def test_what_can_not_be_written_stays(folder, kind, why):
    path = folder[0] / "thing"
    if kind == "directory":
        path.mkdir()
    elif kind == "loop":
        path.symlink_to("thing")
    else:
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(path))
    before = path.lstat()
    result = folder[1].ctl("metrics", "--output", path)
    assert result.returncode == (1 if folder[2] else 3)
    assert f"Can't write {path}: {why}." in result.stderr
    after = path.lstat()
    assert (after.st_ino, after.st_mode) == (before.st_ino, before.st_mode)
    assert os.listdir(folder[0]) == ["thing"]
