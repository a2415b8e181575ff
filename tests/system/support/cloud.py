"""The sandbox cloud in a folder of its own: a running trsandbox, and the verbs of its portal."""

import collections
import json
import subprocess

from support import programs

LIFETIME = 300

# The endpoint of each step of a registration; the step "key" has none.
ENDPOINTS = {
    "context": "contexts",
    "activation": "activations",
    "trust": "cacerts",
    "certificate": "simpleenroll",
    "confirm": "status",
    "delete": "delete",
    "refresh": "refresh",
}
STEPS = ["key", "context", "activation", "trust", "certificate", "confirm"]
CLOUD_STEPS = STEPS[1:]
SSE_HOSTS = {"EUROPE": "api.eu.sse.itd.cisco.com", "AMERICAS": "api-sse.cisco.com"}
EST_HOST = "est.sco.cisco.com"

Request = collections.namedtuple("Request", "method host path status id port serial reason")


class Cloud:
    """One sandbox; start() is called by the fixture."""

    def __init__(self, directory):
        self.directory = directory
        self.log = directory.with_suffix(".requests")
        self.errors = directory.with_suffix(".stderr")
        self.process = None
        self.options = []
        self.prefix = []

    @property
    def configuration(self):
        return (self.directory / "threatresponsed.conf").read_text()

    def start(self, *options):
        self.options = list(options) or self.options
        command = [programs.program("trsandbox"), "--directory", self.directory, "--lifetime", LIFETIME]
        command += ["--log-file", self.log, *self.options]
        with open(self.errors, "ab") as errors:
            self.process = subprocess.Popen(
                programs.bound_to_us(*self.prefix, *command),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                env=programs.environment(),
            )
        line = self.process.stdout.readline()
        assert line.startswith(b"trsandbox: ready"), self.errors.read_text()

    def stop(self):
        """Ends the sandbox; its state and port stay for the next start."""
        if self.process:
            self.process.terminate()
            self.process.stdout.close()
            code = self.process.wait(programs.DEADLINE)
            self.process = None
            programs.assert_sane(self.errors.read_text(errors="replace"), "trsandbox")
            assert code == 0, f"trsandbox ended with {code}"

    def restart(self, *options):
        self.stop()
        self.start(*options)

    def portal(self, verb, *arguments):
        result = programs.run(programs.program("trsandbox"), verb, "--directory", self.directory, *arguments)
        assert result.returncode == 0, result.stderr
        return result.stdout

    def token(self, region="EUROPE", *arguments):
        return self.portal("token", "--region", region, *arguments).strip()

    def devices(self):
        return json.loads(self.portal("devices", "--json"))

    def remove(self, guid):
        self.portal("remove", guid)

    def fault(self, endpoint, kind, *arguments):
        self.portal("fault", "set", endpoint, kind, *[str(argument) for argument in arguments])

    def clear(self, *endpoint):
        self.portal("fault", "clear", *endpoint)

    def hold(self, step):
        """Holds the requests of a step until the end of the sandbox."""
        self.fault(ENDPOINTS[step], "delay", 600)

    def requests(self):
        if not self.log.exists():
            return []
        return [Request(*line.split(" ", 7)) for line in self.log.read_text().splitlines()]

    def count(self, method, end):
        """Counts the answered requests of a method whose path has this end."""
        return sum(1 for one in self.requests() if one.method == method and one.path.endswith(end))
