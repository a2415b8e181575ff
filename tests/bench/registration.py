"""A registration by the worker alone, by the daemon, and by the bare program that is their floor."""

import os
import socket
import time
import uuid

from stage import HOST, Connection, Failed

WORKER = "org.threatresponse.worker."
EST_URL = "https://est.sco.cisco.com/.well-known/est"
REFRESH_INTERVAL = 1200


def spawn(program, arguments, descriptors):
    return os.posix_spawn(program, [program, *arguments], os.environ,
                          file_actions=[(os.POSIX_SPAWN_DUP2, own, theirs) for own, theirs in descriptors])


def finish(pid, begin):
    """Returns wall and processor time of a process that ends by itself, in seconds."""
    _, status, usage = os.wait4(pid, 0)
    wall = time.perf_counter() - begin
    if status != 0:
        raise Failed(f"process {pid} ended with status {status}")
    return wall, usage.ru_utime + usage.ru_stime


def run_bare(stage, cloud, directory="-"):
    """Runs the bare requests, with the saves if a directory is named."""
    reader, writer = os.pipe()
    os.write(writer, cloud.token().encode())
    os.close(writer)
    program = stage.program("bench/bare-registration")
    begin = time.perf_counter()
    pid = spawn(program, [directory, HOST, cloud.ca_file, *cloud.connect_to], [(reader, 0)])
    result = finish(pid, begin)
    os.close(reader)
    return result


def make_calls(cloud, connection, token):
    """Makes the calls of the six steps as the daemon makes them."""
    def call(method, **parameters):
        return connection.call(WORKER + method, parameters)

    guid = str(uuid.uuid4())
    base = f"https://{HOST}/v1/contexts"
    network = {"caBundle": cloud.ca_file, "connectTo": cloud.connect_to, "connectTimeout": 15000,
               "timeout": 60000}
    client = {"guid": guid, "name": "bench", "type": "SMA", "version": "", "description": ""}

    key = call("GenerateKey", keyType="ec_p256")["privateKey"]
    announced = {"url": EST_URL, "csrAttributes": False}
    call("CreateContext", network=network, url=base, client=client, exchange=HOST,
         refreshInterval=REFRESH_INTERVAL, est=announced)
    enrollment = call("Activate", network=network, url=f"{base}/{guid}/activations", token=token,
                      est=announced)["enrollment"]
    est = {"url": f"{enrollment['url']}/{enrollment['label']}"}
    anchors = call("FetchTrustAnchors", network=network, est=est)["trustAnchors"]
    certificate = call("Enroll", network=network, est=est, enrollment=enrollment, privateKey=key,
                       commonName=guid, trustAnchors=anchors)["certificate"]
    status = call("GetContextStatus", network=network, url=f"{base}/{guid}/status",
                  credentials={"certificate": certificate, "privateKey": key})["status"]
    if status != "Enrolled":
        raise Failed(f"the cloud says {status}")


def run_worker(stage, cloud):
    """Runs the worker from its start to its end."""
    token = cloud.token()
    ours, theirs = socket.socketpair()
    program = stage.program("threatresponse-worker")
    begin = time.perf_counter()
    pid = spawn(program, ["--log-level", "error"], [(theirs.fileno(), 0), (theirs.fileno(), 1)])
    theirs.close()
    with Connection(ours) as connection:
        make_calls(cloud, connection, token)
    return finish(pid, begin)


def run_daemon(daemon):
    """Returns the wall time of a registration, and the processor time of the daemon without its worker."""
    before = daemon.cpu_seconds()
    wall = daemon.register()
    cpu = daemon.cpu_seconds() - before
    daemon.deregister()
    return wall, cpu
