"""A slow link on loopback: forwards TCP connections, delays each byte, and counts the waits of the client.

A connection to loopback takes no time, over such a link it would take a round trip: the client's first bytes are
delayed by one. TLS handshakes and round trips are counted at the client's end. A round trip is a turn of the byte
stream: the client sends, and then receives. Bandwidth is not limited."""

import asyncio
import contextlib
import selectors
import threading

CHUNK = 65536
# A TLS record with a handshake message, the ClientHello.
RECORD_HANDSHAKE, VERSION_MAJOR, CLIENT_HELLO = 0x16, 0x03, 0x01


def is_client_hello(data):
    return len(data) > 5 and data[0] == RECORD_HANDSHAKE and data[1] == VERSION_MAJOR and data[5] == CLIENT_HELLO


class Counts:
    """Counts since begin(). The round trips include one for each connection."""

    def __init__(self):
        self.connections = self.handshakes = self.round_trips = 0


class Passage:
    """A connection of a client and its continuation to the server."""

    def __init__(self, counts, delay):
        self.counts = counts
        self.delay = delay
        self.opened = asyncio.get_running_loop().time() + 2 * delay
        self.begun = self.asked = self.hung_up = False
        counts.connections += 1
        counts.round_trips += 1

    def sent(self, data):
        """Counts bytes of the client, or its hang-up."""
        if data and not self.begun:
            self.counts.handshakes += is_client_hello(data)
        self.begun = True
        self.asked = bool(data)
        self.hung_up = not data

    def came(self):
        """Counts bytes that come to the client."""
        if self.asked and not self.hung_up:
            self.counts.round_trips += 1
        self.asked = False

    async def receive(self, reader, queue, told):
        loop = asyncio.get_running_loop()
        data = True
        while data:
            try:
                data = await reader.read(CHUNK)
            except ConnectionError:
                data = b""
            told(data)
            queue.put_nowait((max(loop.time(), self.opened) + self.delay, data))

    async def deliver(self, queue, writer, tell):
        loop = asyncio.get_running_loop()
        data = True
        with contextlib.suppress(ConnectionError):
            while data:
                due, data = await queue.get()
                await asyncio.sleep(due - loop.time())
                if not data:
                    break
                tell()
                writer.write(data)
                await writer.drain()
            if writer.can_write_eof():
                writer.write_eof()

    async def run(self, client, server):
        """client and server are pairs of a reader and a writer."""
        there, back = asyncio.Queue(), asyncio.Queue()
        try:
            await asyncio.gather(
                self.receive(client[0], there, self.sent), self.deliver(there, server[1], lambda: None),
                self.receive(server[0], back, lambda data: None), self.deliver(back, client[1], self.came))
        finally:
            client[1].close()
            server[1].close()


class Link:
    """Forwards from a port of its own (self.port) to another one, in a thread, while it is entered."""

    def __init__(self, target, delay):
        self.target = target
        self.delay = delay
        self.counts = Counts()
        self.server = self.port = None
        # poll() and epoll_wait() count in milliseconds, select() does not.
        self.loop = asyncio.SelectorEventLoop(selectors.SelectSelector())
        self.thread = threading.Thread(target=self.loop.run_forever)
        self.tasks = set()

    def __enter__(self):
        self.server = self.loop.run_until_complete(asyncio.start_server(self.accept, "127.0.0.1", 0))
        self.port = self.server.sockets[0].getsockname()[1]
        self.thread.start()
        return self

    def __exit__(self, *unused):
        asyncio.run_coroutine_threadsafe(self.end(), self.loop).result()
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()

    async def end(self):
        self.server.close()
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)

    async def accept(self, reader, writer):
        self.tasks.add(asyncio.current_task())
        passage = Passage(self.counts, self.delay)
        try:
            server = await asyncio.open_connection("127.0.0.1", self.target)
            await passage.run((reader, writer), server)
        except (OSError, asyncio.CancelledError):
            writer.close()
        finally:
            self.tasks.discard(asyncio.current_task())

    def begin(self):
        """Counts from zero: connections that are still open no longer count."""
        self.counts = Counts()
        return self.counts
