"""The log lines that other users cause have a budget, and no event gets lost."""

import os
import re
import subprocess
import sys
import time

import pytest

from support.wire import AGENT, encode

ROOT = os.geteuid() == 0
STRANGER = 20001
BUDGET = 10  # lines a minute

# Connects N times as so many users in turn, sends what standard input has, and reads until the answer or the end.
FLOOD = """
import os, socket, sys
count, users, first = map(int, sys.argv[1:])
data = sys.stdin.buffer.read()
for i in range(count):
    uid = first + i % users
    if os.getuid() == 0:
        os.setgroups([])
        os.setresgid(uid, uid, 0)
        os.setresuid(uid, uid, 0)
    connection = socket.socket(socket.AF_UNIX)
    connection.connect("agent.sock")
    try:
        connection.sendall(data)
        connection.recv(65536)
    except ConnectionError:
        pass
    connection.close()
    if os.getresuid()[2] == 0:
        os.setresuid(0, 0, 0)
        os.setresgid(0, 0, 0)
"""

WAYS = {
    "malformed": (b"x\0", "sent a malformed message"),
    "too long": (b"x" * 4097, "sent a message that is too long"),
    "late": (b"{", "did not finish a message in time"),
    "refused": (encode(f"{AGENT.name}.ClearStaged"), f"may not call {AGENT.name}.ClearStaged"),
}


def flood(agent, data, count, users):
    """Sends data on so many connections, one after the other, as so many users."""
    subprocess.run(
        [sys.executable, "-c", FLOOD, str(count), str(users), str(STRANGER)], cwd=agent.folder, input=data, check=True
    )


def commit(agent, comment):
    agent.call("Stage", {"enabled": comment % 2 == 1})
    agent.call("Commit", {"comment": str(comment)})


@pytest.mark.parametrize("users", [1, pytest.param(70, marks=pytest.mark.skipif(not ROOT, reason="other users need root"))])
@pytest.mark.parametrize("way", WAYS)
def test_lines_that_others_cause(idle, way, users):
    """They are few, each event is there all the same, and those that were left out are counted."""
    data, text = WAYS[way]
    if way == "refused" and not ROOT:
        pytest.skip("whoever runs the tests is an administrator")
    count = 25 if way == "late" else 700
    idle.config.write(api__max_message=4096, api__message_timeout=0.1)
    idle.start()
    begin = time.monotonic()
    before = len(idle.log().splitlines())
    flood(idle, data, count, users)
    for i in range(1, 4):
        commit(idle, i)
    minutes = 1 + (time.monotonic() - begin) // 60
    assert idle.stop() == 0
    lines = idle.log().splitlines()[before:]
    assert len([line for line in lines if "was committed by" in line]) == 3
    caused = [line for line in lines if text in line]
    assert 1 <= len(caused) <= min(users, BUDGET) * minutes
    left_out = re.findall(r"^More of clients in the last minute: (\d+) [a-z ]+\.$", "\n".join(lines), re.M)
    assert len(caused) + sum(map(int, left_out)) == count
    # The rest are the three commits and the end.
    assert len(lines) == len(caused) + len(left_out) + 3 + 1
