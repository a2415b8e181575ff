"""Files that others can change are not believed: the configuration, what it names, the state directory, a cloud's directory."""

import os
import shutil

import pytest

from support import programs
from support.listener import listen, passing

STRANGER = 65533

only_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
# How a file becomes one that others can change, and what mends it.
OPENED = {
    "writable for all": (lambda path: os.chmod(path, 0o646), "chmod go-w {}"),
    "writable for a group": (
        lambda path: (os.geteuid() == 0 and os.chown(path, 0, STRANGER), os.chmod(path, 0o664)),
        "chmod go-w {}",
    ),
    "writable for the group root": (lambda path: (os.chown(path, 0, 0), os.chmod(path, 0o664)), "chmod go-w {}"),
    "of a stranger": (lambda path: os.chown(path, STRANGER, -1), "chown root {}"),
}
WAYS = [pytest.param(*OPENED[name], id=name, marks=only_root if "stranger" in name or "root" in name else ()) for name in OPENED]


def copy(source, target):
    shutil.copy(source, target)
    return target


def write(path, text):
    path.write_text(text)
    return path


# The files of the configuration, as key: (how the file is made, the key of the message).
NAMED = {
    "registration__token_file": lambda agent: write(agent.folder / "named", "A" * 35),
    "network__proxy_password_file": lambda agent: write(agent.folder / "named", "secret"),
    "network__ca_file": lambda agent: copy(agent.cloud.directory / "tls-ca.pem", agent.folder / "named"),
    "network__ca_bundle": lambda agent: copy(agent.cloud.directory / "tls-ca.pem", agent.folder / "named"),
    "est__anchors_file": lambda agent: copy(agent.cloud.directory / "tls-ca.pem", agent.folder / "named"),
    "worker__address": lambda agent: copy(programs.program("threatresponse-worker"), agent.folder / "named"),
}


def refused(agent, elsewhere=False):
    """Starts by hand, which is refused; returns what is said. --check-config says it, too, as a warning of the place."""
    result = programs.run(*agent.command())
    assert result.returncode == 78 and not agent.state_directory.exists()
    checked = programs.run(*agent.command("--check-config"))
    # It may be run for a file that is to be put elsewhere.
    assert checked.returncode == (0 if elsewhere else 78)
    place = "the daemon refuses the file in this place: " if elsewhere else ""
    assert checked.stderr == result.stderr.replace("others can", place + "others can", 1)
    return result.stderr


@pytest.mark.complaint("configuration: files that other users can change are believed")
@pytest.mark.parametrize("spoil, mend", WAYS)
def test_the_configuration(idle, spoil, mend):
    spoil(idle.config.path)
    said = refused(idle, elsewhere="chown" in mend)
    assert f'others can change "{idle.config.path}", which belongs to ' in said
    assert f'run "{mend.format(idle.config.path)}' in said


@pytest.mark.parametrize("spoil, mend", WAYS)
@pytest.mark.parametrize("key", sorted(NAMED))
def test_what_the_configuration_names(idle, key, spoil, mend):
    named = NAMED[key](idle)
    idle.config.write(**{key: str(named)})
    os.chmod(named, 0o755)
    assert programs.run(*idle.command("--check-config")).returncode == 0
    spoil(named)
    said = refused(idle)
    assert f'{key.replace("__", ".")}: others can change "{named}", which belongs to ' in said
    assert f'run "{mend.format(named)}' in said


def test_the_folder_of_the_configuration(idle):
    """A user who can write to a folder can replace a file in it."""
    folder = idle.folder / "open"
    folder.mkdir()
    idle.config.path = idle.config.path.rename(folder / "conf")
    os.chmod(folder, 0o777)
    if os.geteuid() == 0:
        os.chown(folder, 0, STRANGER)
    assert f'others can change "{folder}"' in refused(idle, elsewhere=True)
    # As in /tmp each user removes only what is his.
    os.chmod(folder, 0o1777)
    idle.start()


def test_a_reload_keeps_the_former_configuration(ready, cloud):
    os.chmod(ready.config.path, 0o666)
    ready.config.path.write_text(ready.config.path.read_text() + "log = { level = \"debug\"; };\n")
    assert ready.ctl("reload").returncode == 1
    assert f'others can change "{ready.config.path}"' in ready.status()["configFault"]
    ready.register()
    os.chmod(ready.config.path, 0o644)
    assert ready.ctl("reload").returncode == 0


# How an included file is named: its name, the text in the line, and whether another file includes it.
INCLUDED = {
    "directly": ("included", lambda path: str(path), False),
    "by another": ("included", lambda path: str(path), True),
    "by a relative path": ("included", os.path.relpath, False),
    "by a name with quotes": ('in"clu"ded', lambda path: str(path).replace('"', '\\"'), False),
    "by a name with a backslash": ("in\\cluded", lambda path: str(path).replace("\\", "\\\\"), False),
}


def include(agent, way):
    """Lets the configuration include a good file; returns it and the place of the line."""
    name, text, nested = INCLUDED[way]
    included = write(agent.folder / name, "# nothing\n")
    line = f'@include "{text(included)}"\n'
    config = agent.config.path
    if nested:
        between = write(agent.folder / "between", "\n" + line)
        line = f'@include "{between}"\n'
    config.write_text(line + config.read_text())
    return included, f"{between}:2: " if nested else f"{config}:1: "


def refused_everywhere(agent, spoil):
    """Starts, spoils a file and reloads, which is refused, as are --check-config and a start; returns what is said."""
    assert programs.run(*agent.command("--check-config")).returncode == 0
    agent.start()
    spoil()
    assert agent.ctl("reload").returncode == 1
    fault = agent.status()["configFault"]
    assert agent.stop() == 0
    shutil.rmtree(agent.state_directory)
    said = refused(agent)
    assert fault in said
    return said


@pytest.mark.parametrize("spoil, mend", WAYS)
@pytest.mark.parametrize("way", INCLUDED)
def test_an_included_file(idle, way, spoil, mend):
    included, place = include(idle, way)
    said = refused_everywhere(idle, lambda: spoil(included))
    assert f'{place}others can change "{included}", which belongs to ' in said
    assert f'run "{mend.format(included)}' in said


# What stands in the place of an included file; none makes the daemon wait.
NOT_REGULAR = {
    "FIFO": (lambda path: os.mkfifo(path, 0o600), "Wrong medium type"),
    "device": (lambda path: path.symlink_to("/dev/zero"), None),
    "folder": (lambda path: path.mkdir(0o700), "Is a directory"),
    "nothing": (lambda path: None, "No such file or directory"),
    "too large": (lambda path: path.write_bytes(b"#" * (1024 * 1024 + 1)), "File too large"),
}


@pytest.mark.parametrize("kind", NOT_REGULAR)
@pytest.mark.parametrize("way", INCLUDED)
def test_what_is_no_included_file(idle, way, kind):
    included, place = include(idle, way)
    make, why = NOT_REGULAR[kind]
    said = refused_everywhere(idle, lambda: (included.unlink(), make(included)))
    assert place + ("cannot open include file" if why else "others can change \"/dev/zero\"") in said
    assert (why or "") in said


def test_the_folder_of_an_included_file(idle):
    folder = idle.folder / "open"
    folder.mkdir(0o755)
    write(folder / "included", "# nothing\n")
    (idle.folder / "included").symlink_to(folder / "included")
    idle.config.path.write_text(f'@include "{idle.folder / "included"}"\n' + idle.config.path.read_text())
    said = refused_everywhere(idle, lambda: os.chmod(folder, 0o777))
    assert f'{idle.config.path}:1: others can change "{folder}"' in said


def test_a_worker_that_others_can_make(idle):
    """A missing worker lets the daemon wait for it: whoever may write to the folder could give it his."""
    folder = idle.folder / "open"
    folder.mkdir()
    os.chmod(folder, 0o1777)
    idle.config.write(worker__address=str(folder / "worker"))
    assert f'worker.address: others can make "{folder}/worker", which is missing: ' in refused(idle)
    os.chmod(folder, 0o755)
    idle.start()


@pytest.mark.parametrize("named", [False, True])
def test_a_link_between(idle, named):
    """A first link leads to a second, whose folder others can change, and this to a safe file."""
    folder = idle.folder / "open"
    folder.mkdir()
    os.chmod(folder, 0o755)
    real = NAMED["network__ca_bundle"](idle) if named else idle.config.path
    (folder / "second").symlink_to(real)
    (idle.folder / "first").symlink_to("open/second")
    if named:
        idle.config.write(network__ca_bundle=str(idle.folder / "first"))
    else:
        idle.config.path = idle.folder / "first"
    idle.start()
    os.chmod(folder, 0o777)
    assert idle.ctl("reload").returncode == 1
    said = f'others can change "{folder}"'
    assert said in idle.status()["configFault"]
    assert idle.stop() == 0
    shutil.rmtree(idle.state_directory)
    assert said in refused(idle, elsewhere=not named)


@pytest.mark.parametrize("spoil, mend", WAYS)
def test_the_state_directory(registered, spoil, mend):
    assert registered.stop() == 0
    os.chmod(registered.state_directory, 0o700)
    spoil(registered.state_directory)
    result = programs.run(*registered.command())
    assert result.returncode == 1
    place = registered.state_directory
    assert f"Can't use the state directory {place}: others can change \"{place}\", " in result.stderr
    assert f'run "{mend.format(registered.state_directory)}' in result.stderr
    # Under systemd it answers, and asks nothing of the cloud.
    asked = len(registered.cloud.requests())
    with listen(registered.socket) as listener:
        registered.start(**passing("varlink", listener))
        assert "others can change" in registered.status()["stateFault"]
        assert registered.stop() == 0
    assert len(registered.cloud.requests()) == asked


@pytest.mark.parametrize("spoil, mend", WAYS)
def test_the_directory_of_a_sandbox(tmp_path, spoil, mend):
    folder = tmp_path / "prepared"
    folder.mkdir()
    spoil(folder)
    for verb in ([], ["token"]):
        result = programs.run(programs.program("trsandbox"), *verb, "--directory", folder)
        assert result.returncode == 1
        assert f'others can change "{folder}"' in result.stderr and f'run "{mend.format(folder)}' in result.stderr
    assert list(folder.iterdir()) == []
