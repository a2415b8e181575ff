"""A small HTTP proxy on loopback: opens tunnels, or refuses to."""

import contextlib
import socket
import socketserver
import ssl
import threading


class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        """Answers requests until one is refused for good or opens a tunnel."""
        while self.answer() == 407:
            pass

    def answer(self):
        proxy = self.server.proxy
        request = self.rfile.readline().decode().split()
        if not request:
            return None
        headers = {}
        while (line := self.rfile.readline().strip()) != b"":
            name, _, value = line.decode().partition(":")
            headers[name.lower()] = value.strip()
        proxy.requests.append((request[0], request[1], headers.get("proxy-authorization")))
        if proxy.refusal and not proxy.accepts(headers.get("proxy-authorization", "")):
            offers = "".join(f"Proxy-Authenticate: {offer}\r\n" for offer in proxy.offers)
            self.wfile.write(f"HTTP/1.1 {proxy.refusal} No\r\n{offers}Content-Length: 0\r\n\r\n".encode())
            return proxy.refusal
        host, _, port = request[1].rpartition(":")
        with socket.create_connection((host, int(port))) as target:
            proxy.ports.add(target.getsockname()[1])
            self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = threading.Thread(target=copy, args=(target, self.connection))
            back.start()
            copy(self.connection, target)
            back.join()
        return 200


def copy(source, target):
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


class Proxy:
    """Used as a context; requests are (method, target, credentials), ports those from which it connected, refusal is the
    status of a refusal, offers are the challenges in it; credentials that begin with scheme end it. With a certificate
    (and key) in files it is an https proxy."""

    def __init__(self, refusal=None, offers=(), scheme=None, certificate=None):
        self.refusal, self.offers, self.scheme = refusal, offers, scheme
        self.requests = []
        self.ports = set()
        self.server = Server(("127.0.0.1", 0), Handler)
        self.server.proxy = self
        self.url = "http://127.0.0.1:%d" % self.server.server_address[1]
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
            self.url = self.url.replace("http:", "https:")

    def accepts(self, credentials):
        return self.scheme and credentials.startswith(self.scheme)

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
