"""A machine that boots a tree with systemd as PID 1: systemd-nspawn, with a network of its own that has only lo."""

import pathlib
import subprocess
import time

BOOT_SECONDS = 120
COMMAND_SECONDS = 120
NOBODY = 65534
# What a machine lets every process do, and nspawn does not by itself.
ALLOWED = "landlock_create_ruleset landlock_add_rule landlock_restrict_self memfd_secret @memlock"


class Failure(Exception):
    """A step did not give what it should."""


class Machine:
    """Ends with the process that booted it, however that ends."""

    def __init__(self, tree, console):
        self.tree = tree
        self.console = console
        self.process = None
        self.leader = None

    def boot(self):
        """Boots and waits until systemd says that all is started; the answer is systemd's word for that."""
        nspawn = ["systemd-nspawn", "--quiet", "--boot", "--register=no", "--keep-unit", "--private-network"]
        nspawn += ["--link-journal=no", "--resolv-conf=off", "--timezone=off", "--directory", self.tree]
        nspawn += [f"--system-call-filter={ALLOWED}"]
        with open(self.console, "ab") as console:
            self.process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "TERM", *nspawn],
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=console,
                start_new_session=True,
            )
        self.leader = self.await_leader()
        return self.await_started()

    def await_leader(self):
        """PID 1 of the machine, as the host sees it."""
        children = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        deadline = time.monotonic() + BOOT_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise Failure(f"systemd-nspawn ended with {self.process.returncode}; see {self.console}")
            for pid in children.read_text().split():
                if pathlib.Path(f"/proc/{pid}/comm").read_text().strip() == "systemd":
                    return pid
            time.sleep(0.05)
        raise Failure(f"systemd-nspawn did not start systemd within {BOOT_SECONDS} s; see {self.console}")

    def await_started(self):
        deadline = time.monotonic() + BOOT_SECONDS
        while time.monotonic() < deadline:
            state = self.run("systemctl is-system-running", check=False).stdout.strip()
            if state in ("running", "degraded"):
                return state
            time.sleep(0.1)
        raise Failure(f"the machine did not come up within {BOOT_SECONDS} s: systemctl says {state!r}")

    def run(self, command, *, uid=None, check=True, stdin=None):
        """Runs a shell command inside, as root or as another user."""
        enter = ["nsenter", "--target", self.leader, "--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup", "--root"]
        enter += ["--wdns=/", "env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8"]
        if uid is not None:
            enter += ["setpriv", "--reuid", str(uid), "--regid", str(uid), "--clear-groups"]
        source = {"stdin": subprocess.DEVNULL} if stdin is None else {"input": stdin}
        result = subprocess.run(
            [*enter, "sh", "-c", command],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=COMMAND_SECONDS,
            check=False,
            **source,
        )
        if check and result.returncode != 0:
            raise Failure(f"{command}: ended with {result.returncode}\n{result.stdout}{result.stderr}")
        return result

    def output(self, command, **options):
        return self.run(command, **options).stdout.strip()

    def shut_down(self):
        """An orderly halt: systemd stops its units."""
        self.run("systemctl poweroff", check=False)
        self.process.wait(BOOT_SECONDS)
        self.process = self.leader = None

    def end(self):
        """Ends it at any moment; nothing of it stays."""
        if not self.process:
            return
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = self.leader = None
