"""The console of the agent under test: at a terminal, with piped input, and in batch form."""

import contextlib
import os

from support import programs
from support.terminal import Terminal

HOST = "gateway.example.com"
PROMPT = f"{HOST}> "
TOKEN = "de7c55f3ff0absdfs4a25aae94dfb064642"
LINKS = ("threatresponseconfig", "cloudserviceconfig")


class Console:
    """A console as a person or a script starts it, with a home folder of its own."""

    def __init__(self, agent):
        self.agent = agent
        self.home = agent.folder / "home"
        self.home.mkdir(mode=0o700)
        self.history = self.home / ".trctl_history"
        for link in LINKS:
            (self.home / link).symlink_to(programs.program("trctl"))

    def command(self, *words, link=None):
        program = self.home / link if link else programs.program("trctl")
        return [program, "--socket", self.agent.socket, *words]

    def terminal(self, *words, link=None, **env):
        words = words if link or words else ("shell",)
        return Terminal(*self.command(*words, link=link), env={"HOME": str(self.home), **env})

    def run(self, *words, link=None, **options):
        """Runs to the end, without a terminal."""
        env = programs.environment(HOME=str(self.home), **options.pop("env", {}))
        return programs.run(*self.command(*words, link=link), env=env, **options)

    @contextlib.contextmanager
    def command_as(self, uid):
        """Returns the beginning of a command line for another user, and the options of the process. He may enter the
        agent's folder, but can't walk to it or to the program. Needs root unless it is our own uid."""
        descriptor = os.open(programs.program("trctl"), os.O_RDONLY)
        prefix = ["setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups"] if uid != os.geteuid() else []
        try:
            yield (
                [*prefix, f"/proc/self/fd/{descriptor}", "--socket", self.agent.socket.name],
                {"cwd": self.agent.folder, "pass_fds": (descriptor,)},
            )
        finally:
            os.close(descriptor)

    def batch_as(self, uid, commands, **options):
        with self.command_as(uid) as (command, more):
            return programs.run(*command, "shell", "-c", commands, **more, **options)

    def batch(self, commands, **options):
        return self.run("shell", "-c", commands, **options)

    def feed(self, *lines, **options):
        """Runs a shell that reads these lines."""
        return self.run("shell", input="".join(line + "\n" for line in lines), **options)


def prepare(agent, given):
    """Brings an agent into the state that a transcript begins with."""
    server = next((word for one in given for word in one.split() if word in ("EUROPE", "AMERICAS")), "AMERICAS")
    if any(one.startswith("registered") for one in given):
        agent.enable(server)
        agent.register()
    elif "feature enabled" in given:
        agent.enable(server)
    else:
        assert "feature disabled" in given, given
    assert agent.status()["server"]["label"] == server


def failure(result):
    """Returns exit code and lines of a failure."""
    return result.returncode, result.stderr.splitlines()


def menu(console):
    """Returns the lines of cloudserviceconfig before its question."""
    result = console.feed("cloudserviceconfig", "")
    assert (result.returncode, result.stderr) == (0, "")
    lines = [line for line in result.stdout.splitlines() if line]
    assert lines.pop() == "[]> "
    return lines
