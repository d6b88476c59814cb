"""A reply of the protocol server that is given byte by byte: cut anywhere, slow, compressed, without an end.
Knows nothing about the protocol."""

from __future__ import annotations

import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler


@dataclass(frozen=True)
class Raw:
    """Pieces are sent one by one; a number among them is a pause of so many seconds."""

    pieces: tuple[bytes | float, ...]
    content_type: str | None = "application/json"
    status: int = 200
    cut: bool = False
    """Whether the connection ends before the reply does."""
    headers: tuple[tuple[str, str], ...] = ()

    def send(self, handler: BaseHTTPRequestHandler) -> None:
        """In HTTP's chunks, so that a reply that was cut differs from one that has ended."""
        handler.close_connection = True
        handler.send_response(self.status)
        if self.content_type is not None:
            handler.send_header("Content-Type", self.content_type)
        for name, value in self.headers:
            handler.send_header(name, value)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.send_header("Connection", "close")
        handler.end_headers()
        for piece in self.pieces:
            if isinstance(piece, bytes):
                handler.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
                handler.wfile.flush()
            else:
                time.sleep(piece)
        if not self.cut:
            handler.wfile.write(b"0\r\n\r\n")
