"""The worker on standard input and output, as a person would try it."""

import json
import subprocess

from support import programs, wire


class Worker:
    """One worker; used as a context. It runs behind the prefix, which inherits the descriptors."""

    def __init__(self, network, prefix=(), pass_fds=()):
        self.network = network
        self.prefix, self.pass_fds = prefix, pass_fds

    def __enter__(self):
        self.process = subprocess.Popen(
            [*self.prefix, *programs.bound_to_us(programs.program("threatresponse-worker"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=programs.environment(),
            pass_fds=self.pass_fds,
        )
        return self

    def __exit__(self, *error):
        self.process.stdin.close()
        self.process.stdout.close()
        self.log = self.process.stderr.read().decode()
        self.process.stderr.close()
        code = self.process.wait(programs.DEADLINE)
        programs.assert_sane(self.log, "threatresponse-worker")
        assert error[0] or code == 0, self.log

    def call(self, method, **parameters):
        """Makes a call and returns the reply's parameters; the network is added where the method takes one."""
        name = f"{wire.WORKER.name}.{method}"
        if method != "GenerateKey":
            parameters = {"network": self.network, **parameters}
        self.process.stdin.write(wire.encode(name, parameters))
        self.process.stdin.flush()
        text = b""
        while not text.endswith(b"\0"):
            byte = self.process.stdout.read1(65536)
            assert byte, "the worker has ended: " + self.process.stderr.read().decode()
            text += byte
        return wire.check_reply(name, json.loads(text[:-1]))

    def failure(self, method, **parameters):
        """Makes a call that must fail; returns the parameters of the error Failed."""
        try:
            reply = self.call(method, **parameters)
        except wire.Error as error:
            assert error.name == f"{wire.WORKER.name}.Failed", error
            return error.parameters
        raise AssertionError(f"{method} succeeded: {reply}")
