"""The one server that takes the place of every host: it answers each request, and records it.

It is an HTTP proxy that opens a tunnel to any host and is that host itself, with a certificate of an authority of its
own. On the same port it takes requests without a proxy, plain or over TLS, for endpoints on loopback.
"""

from __future__ import annotations

import contextlib
import socket
import socketserver
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPMessage, parse_headers
from io import BufferedReader

from answers import Answer, answer
from authority import Authority

#: A path that no service has: a client says with it which operation begins.
MARK = "/.operation/"

_TLS_HANDSHAKE = 0x16


@dataclass
class Request:
    """A request as it arrived."""

    operation: str
    method: str
    scheme: str
    #: The host that the client asked the proxy or, over TLS, the server for; `None` without either.
    tunnel: str | None
    target: str
    headers: HTTPMessage
    body: bytes


class Recorder:
    """Listens from its beginning to its end."""

    def __init__(self, authority: Authority) -> None:
        self.authority = authority
        self.operation = ""
        self.requests: list[Request] = []
        self._server = _Server(("127.0.0.1", 0), _Connection)
        self._server.recorder = self
        self.port: int = self._server.server_address[1]

    def begin(self) -> None:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.5}, daemon=True).start()

    def end(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def take(self) -> list[Request]:
        """What was asked since the last time."""
        taken, self.requests, self.operation = self.requests, [], ""
        return taken


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 64
    recorder: Recorder


class _Connection(socketserver.BaseRequestHandler):
    server: _Server

    def handle(self) -> None:
        # What a client that goes away did not ask is missing in the record.
        with contextlib.suppress(OSError, EOFError):
            self._serve(self.request, tunnel=None)

    def _serve(self, connection: socket.socket, tunnel: str | None) -> None:
        if connection.recv(1, socket.MSG_PEEK)[:1] == bytes([_TLS_HANDSHAKE]):
            with self.server.recorder.authority.handshake(connection) as (secured, name):
                self._requests(secured, "https", tunnel or name)
        else:
            self._requests(connection, "http", tunnel)

    def _requests(self, connection: socket.socket, scheme: str, tunnel: str | None) -> None:
        with connection.makefile("rb") as reader:
            while (line := reader.readline()) not in (b"", b"\r\n"):
                method, target, _version = line.decode("latin-1").split()
                headers = parse_headers(reader)
                if method == "CONNECT":
                    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                    self._serve(connection, target)
                    return
                if headers.get("Expect", "").lower() == "100-continue":
                    connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
                body = b"".join(_body(reader, headers))
                self._answer(connection, Request("", method, scheme, tunnel, target, headers, body))
                if headers.get("Connection", "").lower() == "close":
                    return

    def _answer(self, connection: socket.socket, request: Request) -> None:
        recorder = self.server.recorder
        if request.target.startswith(MARK):
            recorder.operation = request.target.removeprefix(MARK)
            said = Answer(b"")
        else:
            request.operation = recorder.operation
            recorder.requests.append(request)
            said = answer(request)
        head = f"HTTP/1.1 {said.status} Answer\r\nContent-Type: {said.kind}\r\nContent-Length: {len(said.body)}\r\n"
        extra = "".join(f"{name}: {value}\r\n" for name, value in said.headers.items())
        body = b"" if request.method == "HEAD" else said.body
        connection.sendall(f"{head}{extra}\r\n".encode() + body)


def _body(reader: BufferedReader, headers: HTTPMessage) -> Iterator[bytes]:
    if headers.get("Transfer-Encoding", "").lower() != "chunked":
        yield reader.read(int(headers.get("Content-Length", 0)))
        return
    while size := int(reader.readline().partition(b";")[0], 16):
        yield reader.read(size)
        reader.readline()
    while reader.readline() not in (b"\r\n", b""):
        pass
