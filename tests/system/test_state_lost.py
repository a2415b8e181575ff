"""A state that is gone: an appliance that was set up before sends nothing until the state is back or somebody decides."""

import os
import shutil
import subprocess

import pytest

from support import namespace, programs
from support.listener import listen, passing

ADVICE = "Bring the state directory back and restart the daemon, or run reset-identity to start as new."
HERE, ELSEWHERE = "11" * 16, "22" * 16

LOSSES = {
    "removed": lambda path: shutil.rmtree(path),
    "emptied": lambda path: (path / "state.json").unlink(),
    "another partition": lambda path: (path.rename(path.with_name("partition")), path.mkdir(mode=0o700)),
}


@pytest.fixture(name="shipped")
def make_shipped(idle, cloud):
    """An agent that registers itself, as it did once."""
    token = idle.folder / "token"
    token.write_text(cloud.token("EUROPE"))
    idle.config.write(
        registration__auto_register=True, registration__token_file=str(token),
        settings__enabled=True, settings__server="EUROPE", timing__refresh_interval=0.1,
    )  # fmt: skip
    idle.start()
    idle.wait_state("registered")
    assert idle.stop() == 0
    token.write_text(cloud.token("EUROPE"))
    return idle


def mark(agent):
    return agent.folder / "state.mark"


def fault(agent):
    return (
        f"This appliance was set up before, but there is no state in {agent.state_directory}. Nothing is sent to the cloud: "
        "bring the state back, or run reset-identity to start as new."
    )


def assert_lost(agent):
    status = agent.status()
    assert status["stateFault"] == fault(agent)
    assert (status["registration"]["state"], status["registration"]["health"]) == ("unregistered", "state_lost")


@pytest.mark.complaint("identity: an appliance whose state is not there registers as a second device")
@pytest.mark.parametrize("loss", sorted(LOSSES))
def test_nothing_is_sent_until_somebody_decides(shipped, cloud, loss):
    asked = cloud.requests()
    LOSSES[loss](shipped.state_directory)
    shipped.start()
    assert_lost(shipped)
    shown = shipped.ctl("status").stdout
    assert "Health          state_lost" in shown and ADVICE in shown and fault(shipped) in shown
    checked = shipped.ctl("status", "--check")
    assert checked.returncode == 2 and "health state_lost" in checked.stdout and fault(shipped) in checked.stdout
    metrics = shipped.ctl("metrics").stdout
    assert 'registration_health{health="state_lost"} 1' in metrics and "state_fault 1" in metrics

    shipped.call("Stage", {"server": "AMERICAS"})
    for method, parameters in (("Register", {"token": cloud.token("EUROPE")}), ("Commit", None), ("Retry", None)):
        name, told = shipped.error(method, parameters)
        assert (name, told["reason"], told["remedy"]) == ("Refused", "state_lost", ADVICE), method
    shipped.call("ClearStaged")
    for method in ("Renew", "Deregister"):
        assert shipped.error(method)[1]["reason"] == "not_registered"
    # A restart and a reload decide nothing.
    shipped.restart()
    shipped.hup()
    assert_lost(shipped)
    assert cloud.requests() == asked and len(cloud.devices()) == 1

    # What the remedy names is accepted, and the state that it begins is found by the next start.
    assert shipped.ctl("reset-identity", "--yes").returncode == 0
    assert "stateFault" not in shipped.status() and "health" not in shipped.registration()
    shipped.config.write(registration__auto_register=False)
    shipped.restart()
    assert "stateFault" not in shipped.status() and "health" not in shipped.registration()
    shipped.register()


def test_a_state_that_comes_back_is_taken(shipped, cloud):
    """As from a partition that is mounted late: the daemon goes on by itself."""
    away = shipped.state_directory.with_name("away")
    shipped.state_directory.rename(away)
    shipped.start()
    assert_lost(shipped)
    asked = len(cloud.requests())
    shutil.rmtree(shipped.state_directory)
    away.rename(shipped.state_directory)
    shipped.wait_for(lambda r: r["state"] == "registered" and r.get("health") == "ok", "it goes on")
    programs.until(lambda: len(cloud.requests()) > asked, "a refresh")
    assert "stateFault" not in shipped.status() and len(cloud.devices()) == 1
    # It writes where it reads.
    shipped.commit_enabled(False)
    assert shipped.state()["settings"]["enabled"] is False


def test_under_systemd_it_ends_to_be_started_again(shipped):
    away = shipped.state_directory.with_name("away")
    shipped.state_directory.rename(away)
    with listen(shipped.socket) as listener:
        shipped.start(**passing("varlink", listener))
        assert_lost(shipped)
        assert shipped.process.wait(programs.DEADLINE) == 75
        shutil.rmtree(shipped.state_directory)
        away.rename(shipped.state_directory)
        shipped.start(**passing("varlink", listener))
        assert shipped.registration()["state"] == "registered"
        assert not shipped.socket.with_name("agent.sock.waiting").exists()
        assert shipped.stop() == 0


def test_under_systemd_a_decision_ends_the_waiting(shipped):
    shutil.rmtree(shipped.state_directory)
    with listen(shipped.socket) as listener:
        shipped.start(**passing("varlink", listener))
        shipped.call("ResetIdentity")
        assert "health" not in shipped.registration()
        with pytest.raises(subprocess.TimeoutExpired):
            shipped.process.wait(2)
        assert shipped.stop() == 0


# While the daemon runs


def test_a_folder_that_is_removed_under_the_daemon(registered):
    """Memory has the whole state: it is written anew."""
    shutil.rmtree(registered.state_directory)
    registered.commit_enabled(False)
    assert "stateFault" not in registered.status()
    guid = registered.registration()["guid"]
    registered.restart()
    assert registered.registration()["guid"] == guid and registered.status()["enabled"] is False


def test_a_folder_that_is_replaced_by_a_backup(registered):
    """Which of the two is right is not the daemon's to decide."""
    backup = registered.state_directory.with_name("backup")
    shutil.copytree(registered.state_directory, backup)
    registered.commit_enabled(False)
    registered.state_directory.rename(registered.state_directory.with_name("away"))
    backup.rename(registered.state_directory)
    registered.call("Stage", {"enabled": True})
    name, told = registered.error("Commit")
    assert (name, told["reason"]) == ("Refused", "state_io")
    fault = registered.status()["stateFault"]
    assert fault.endswith("which is left as it is. Restart the daemon to use it.") and fault in told["message"]
    assert "threatresponse_state_fault 1\n" in registered.ctl("metrics").stdout
    registered.restart()
    assert "stateFault" not in registered.status() and registered.status()["enabled"] is True


# No false alarm


def assert_new(agent):
    status = agent.status()
    assert "stateFault" not in status and "health" not in status["registration"]


def test_the_first_starts(idle):
    """Until something was set up, nothing can be lost."""
    for _ in range(2):
        idle.start()
        assert_new(idle)
        assert idle.stop() == 0
        assert mark(idle).read_text() == ""
    idle.start()
    idle.enable()
    assert len(mark(idle).read_text()) == 33


def test_the_first_start_after_an_upgrade(shipped):
    """A state of a version that made no mark gets one."""
    mark(shipped).unlink()
    shipped.start()
    assert_marked_registered(shipped)
    assert shipped.stop() == 0
    shutil.rmtree(shipped.state_directory)
    shipped.start()
    assert_lost(shipped)


def assert_marked_registered(agent):
    assert agent.registration()["state"] == "registered"
    assert len(mark(agent).read_text()) == 33


def test_an_image_that_was_cloned_with_the_mark(idle, cloud):
    """The state was on a partition that is not in the image: another machine is new."""
    idle.start(prefix=namespace.machine(idle.folder, HERE))
    idle.register()
    assert idle.stop() == 0
    first = mark(idle).read_text()
    shutil.rmtree(idle.state_directory)
    idle.start(prefix=namespace.machine(idle.folder, ELSEWHERE))
    assert_new(idle)
    idle.register()
    assert idle.stop() == 0
    assert mark(idle).read_text() != first
    shutil.rmtree(idle.state_directory)
    idle.start(prefix=namespace.machine(idle.folder, ELSEWHERE))
    assert_lost(idle)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root purges a package")
def test_a_purge_forgets(shipped):
    """The script of the package, on a /var/lib of its own with the state of a registered appliance."""
    place = shipped.folder / "lib"
    place.mkdir()
    shutil.copytree(shipped.state_directory, place / "threatresponsed")
    shutil.copy(mark(shipped), place / "threatresponsed.mark")
    for action, left in (("remove", ["threatresponsed", "threatresponsed.mark"]), ("purge", [])):
        purge = namespace.prefix('mount --bind "$0" /var/lib; mount -t tmpfs none /run', place)
        script = programs.ROOT / "debian" / "threatresponsed.postrm"
        result = subprocess.run([*purge, "sh", str(script), action], capture_output=True, text=True, check=True)
        assert "is still registered with EUROPE" in result.stderr
        assert sorted(os.listdir(place)) == left


def test_where_no_mark_can_be(shipped):
    """It works as without a mark, and says so."""
    mark(shipped).unlink()
    mark(shipped).mkdir()
    shipped.start()
    assert shipped.registration()["state"] == "registered"
    assert "the daemon can't notice a loss of the state" in shipped.log() and "Is a directory" in shipped.log()
