"""The time of the daemon from SIGTERM to its end: idle, and while each step of each operation is under way. The cloud
holds a step by not answering it. Making a key asks no cloud: a worker that does nothing holds it."""

import os
import time

from stage import Cloud, Daemon

SETTLE = 0.05  # seconds after which the request of a step is surely out
CERTIFICATE_LIFE = 20  # seconds; the renewal is due after a tenth of it and a second

REGISTER = [("key", None), ("context", "contexts"), ("activation", "activations"), ("trust", "cacerts"),
            ("certificate", "simpleenroll"), ("confirm", "status")]
DEREGISTER = [("delete", "delete")]
REFRESH = [("refresh", "refresh")]
RENEW = [("renewal-key", None), ("renewal-certificate", "simplereenroll"), ("renewal-proof", "status")]


def idle_worker(stage):
    path = f"{stage.directory('worker')}/worker"
    with open(path, "w") as file:
        file.write("#!/bin/sh\nexec sleep 60\n")
    os.chmod(path, 0o755)
    return path


def end_in(daemon, step, begin):
    """Ends the daemon while the step runs that begin() leads to."""
    with daemon.watch() as watch:
        begin()
        watch.wait(lambda registration: registration.get("step") == step and registration["running"])
        time.sleep(SETTLE)
        return daemon.stop()


def while_registering(stage, cloud, step, endpoint):
    daemon = Daemon(stage, cloud)
    daemon.start(*([] if endpoint else ["--worker", idle_worker(stage)]))
    daemon.enable()
    token = cloud.token()

    def begin():
        daemon.call("Register", {"token": token})

    if not endpoint:
        return end_in(daemon, step, begin)
    with cloud.holding(endpoint):
        return end_in(daemon, step, begin)


def while_registered(stage, cloud, step, endpoint, timing, begin):
    daemon = Daemon(stage, cloud, timing).start()
    daemon.enable()
    daemon.register()
    if not endpoint:
        daemon.stop()
        daemon.start("--worker", idle_worker(stage))
        return end_in(daemon, step, lambda: begin(daemon))
    with cloud.holding(endpoint):
        return end_in(daemon, step, lambda: begin(daemon))


def measure_idle(stage, cloud, runs):
    daemon = Daemon(stage, cloud).start()
    daemon.enable()
    daemon.register()
    taken = []
    for _ in range(runs):
        time.sleep(SETTLE)
        taken.append(daemon.stop())
        daemon.start()
    daemon.stop()
    return taken


def measure_steps(stage, cloud):
    """Returns pairs of step and seconds."""
    for step, endpoint in REGISTER:
        yield step, while_registering(stage, cloud, step, endpoint)
    for step, endpoint in DEREGISTER:
        yield step, while_registered(stage, cloud, step, endpoint, "",
                                     lambda daemon: daemon.call("Deregister"))
    for step, endpoint in REFRESH:
        yield step, while_registered(stage, cloud, step, endpoint, "refresh_interval = 1.0;",
                                     lambda daemon: None)

    brief = Cloud(stage, "--certificate-validity", str(CERTIFICATE_LIFE))
    for step, endpoint in RENEW:
        yield step, while_registered(stage, brief, step, endpoint, "renewal_fraction = 0.1;",
                                     lambda daemon: None)
