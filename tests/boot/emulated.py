"""A machine emulated by qemu with Debian's kernel, for hosts where systemd-nspawn can't boot one. Commands go through
the guest agent."""

import base64
import json
import platform
import socket
import subprocess
import threading
import time

from machine import COMMAND_SECONDS, Machine, Unbootable

# Emulation is slow.
SLOWER = 10
BOOT_SECONDS = 900
IMAGE_SIZE = "3G"
AGENT = "org.qemu.guest_agent.0"


class Emulated(Machine):
    kind = "qemu, emulated"
    packages = ("linux-image-cloud-amd64", "initramfs-tools", "udev", "qemu-guest-agent")

    def __init__(self, tree, console):
        super().__init__(tree, console)
        if platform.machine() != "x86_64":
            raise Unbootable(f"qemu would have to emulate {platform.machine()}, but only x86_64 is known here")
        self.image = tree.with_suffix(".img")
        self.address = tree.with_suffix(".agent")
        self.agent = None
        # Steps may run several commands at once; the agent answers in turn.
        self.turn = threading.Lock()

    def boot(self):
        """Boots the machine; at the first boot the tree becomes its file system."""
        if not self.image.exists():
            subprocess.run(["mkfs.ext4", "-q", "-d", self.tree, self.image, IMAGE_SIZE], check=True)
        (kernel,), (initrd,) = ((self.tree / "boot").glob(name) for name in ("vmlinuz-*", "initrd.img-*"))
        qemu = ["qemu-system-x86_64", "-machine", "q35,accel=tcg", "-cpu", "max", "-smp", "2", "-m", "1024"]
        qemu += ["-display", "none", "-serial", "stdio", "-nic", "none", "-no-reboot"]
        qemu += ["-kernel", kernel, "-initrd", initrd, "-append", "root=/dev/vda rw console=ttyS0"]
        qemu += ["-drive", f"file={self.image},if=virtio,format=raw", "-device", "virtio-serial"]
        qemu += ["-chardev", f"socket,path={self.address},server=on,wait=off,id=agent"]
        qemu += ["-device", f"virtserialport,chardev=agent,name={AGENT}"]
        self.start(qemu)
        self.connect()
        return self.await_started(BOOT_SECONDS)

    def connect(self):
        """Waits for qemu, then for the agent inside: bytes that come before it runs wait in the socket."""
        self.agent = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.agent.settimeout(BOOT_SECONDS)
        deadline = time.monotonic() + 30
        while self.agent.connect_ex(str(self.address)) != 0:
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise Unbootable(f"qemu does not start; see {self.console}")
            time.sleep(0.05)
        self.replies = self.agent.makefile("rb")
        self.ask("guest-sync", id=1)

    def ask(self, what, **arguments):
        with self.turn:
            self.agent.sendall(json.dumps({"execute": what, "arguments": arguments}).encode() + b"\n")
            reply = json.loads(self.replies.readline())
        if "error" in reply:
            raise Unbootable(f"the agent refuses {what}: {reply['error']['desc']}")
        return reply["return"]

    def execute(self, words, stdin):
        source = {} if stdin is None else {"input-data": base64.b64encode(stdin.encode()).decode()}
        pid = self.ask("guest-exec", path="/usr/bin/env", arg=words[1:], **{"capture-output": True}, **source)["pid"]
        deadline = time.monotonic() + COMMAND_SECONDS * SLOWER
        while not (state := self.ask("guest-exec-status", pid=pid))["exited"]:
            if time.monotonic() > deadline:
                raise subprocess.TimeoutExpired(words, COMMAND_SECONDS * SLOWER)
            time.sleep(0.05)
        told = [base64.b64decode(state.get(name, "")).decode(errors="replace") for name in ("out-data", "err-data")]
        return subprocess.CompletedProcess(words, state.get("exitcode", -state.get("signal", 0)), *told)

    def shut_down(self):
        """Shuts the machine down. The result of the command is unknown: the agent ends with the machine."""
        self.ask("guest-exec", path="/bin/systemctl", arg=["--no-block", "poweroff"])
        self.process.wait(BOOT_SECONDS)
        self.agent.close()
        self.process = None

    def end(self):
        super().end()
        for path in (self.image, self.address):
            path.unlink(missing_ok=True)
