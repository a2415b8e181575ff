"""A machine that boots a tree with systemd as PID 1 and a network with lo only: common parts, and systemd-nspawn."""

import pathlib
import subprocess
import time

BOOT_SECONDS = 120
COMMAND_SECONDS = 120
NOBODY = 65534
# Rights of every process in a machine, which nspawn withholds by default.
ALLOWED = "landlock_create_ruleset landlock_add_rule landlock_restrict_self memfd_secret @memlock bpf"


class Failure(Exception):
    """A step had another result than it should."""


class Unbootable(Failure):
    """This host can't boot this kind of machine."""


class Machine:
    """A machine ends with the process that booted it, however that ends."""

    def __init__(self, tree, console):
        self.tree = tree
        self.console = console
        self.process = None

    def start(self, command):
        with open(self.console, "ab") as console:
            self.process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "TERM", *command],
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=console,
                start_new_session=True,
            )

    def await_started(self, seconds=BOOT_SECONDS):
        """Waits until systemd has started everything; returns systemd's word for the result."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            state = self.run("systemctl is-system-running", check=False).stdout.strip()
            if state in ("running", "degraded"):
                return state
            time.sleep(0.1)
        raise Failure(f"the machine did not come up within {seconds} s: systemctl says {state!r}")

    def run(self, command, *, uid=None, check=True, stdin=None):
        """Runs a shell command inside, as root or as another user."""
        words = ["env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8"]
        if uid is not None:
            words += ["setpriv", "--reuid", str(uid), "--regid", str(uid), "--clear-groups"]
        result = self.execute([*words, "sh", "-c", command], stdin)
        if check and result.returncode != 0:
            raise Failure(f"{command}: ended with {result.returncode}\n{result.stdout}{result.stderr}")
        return result

    def output(self, command, **options):
        return self.run(command, **options).stdout.strip()

    def shut_down(self):
        """Halts the machine in order: systemd stops its units."""
        self.run("systemctl poweroff", check=False)
        self.process.wait(BOOT_SECONDS)
        self.process = None

    def end(self):
        """Ends the machine at any moment and removes everything of it."""
        if not self.process:
            return
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None


class Container(Machine):
    """A container on the kernel of this host."""

    kind = "systemd-nspawn"
    packages = ()

    def boot(self):
        # Filters of addresses, and the systemd of Debian 13, need control groups of version 2.
        nspawn = ["env", "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1"]
        nspawn += ["systemd-nspawn", "--quiet", "--boot", "--register=no", "--keep-unit", "--private-network"]
        nspawn += ["--link-journal=no", "--resolv-conf=off", "--timezone=off", "--directory", self.tree]
        nspawn += [f"--system-call-filter={ALLOWED}"]
        self.start(nspawn)
        self.leader = self.await_leader()
        return self.await_started()

    def await_leader(self):
        """Waits for PID 1 of the machine; returns its pid on the host."""
        children = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        deadline = time.monotonic() + BOOT_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise Unbootable(f"systemd-nspawn ended with {self.process.returncode}; see {self.console}")
            for pid in children.read_text().split():
                if pathlib.Path(f"/proc/{pid}/comm").read_text().strip() == "systemd":
                    return pid
            time.sleep(0.05)
        raise Unbootable(f"systemd-nspawn did not start systemd within {BOOT_SECONDS} s; see {self.console}")

    def execute(self, words, stdin):
        enter = ["nsenter", "--target", self.leader, "--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup", "--root"]
        source = {"stdin": subprocess.DEVNULL} if stdin is None else {"input": stdin}
        return subprocess.run(
            [*enter, "--wdns=/", *words],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=COMMAND_SECONDS,
            check=False,
            **source,
        )
