"""A mail server on a socket, which keeps the messages that it gets.
Knows nothing about alarms."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_string
from email.message import Message


@dataclass
class Mailbox:
    """What arrived, and how the server behaves."""

    url: str = ""
    messages: list[Message] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    refuse: int | None = None
    """The code with which it refuses each message; None takes them."""


class _Session(socketserver.StreamRequestHandler):
    mailbox: Mailbox

    def handle(self) -> None:
        self._say("220 ready")
        for line in iter(self.rfile.readline, b""):
            command = line.decode().strip()
            match command.split(":")[0].split(" ")[0].upper():
                case "DATA":
                    self._say("354 go on")
                    self._take()
                case "RCPT" if self.mailbox.refuse is None:
                    self.mailbox.recipients.append(command.split(":")[1].split(" ")[0].strip("<>"))
                    self._say("250 ok")
                case "MAIL" if self.mailbox.refuse is not None:
                    self._say(f"{self.mailbox.refuse} not now")
                case "QUIT":
                    self._say("221 bye")
                    return
                case _:
                    self._say("250 ok")

    def _take(self) -> None:
        lines = []
        for line in iter(self.rfile.readline, b".\r\n"):
            lines.append(line.decode())
        self.mailbox.messages.append(message_from_string("".join(lines)))
        self._say("250 taken")

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


@contextmanager
def mail_server() -> Iterator[Mailbox]:
    """Run a mail server on a free port of this machine."""
    mailbox = Mailbox()
    session = type("Session", (_Session,), {"mailbox": mailbox})
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), session) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        mailbox.url = f"smtp://127.0.0.1:{server.server_address[1]}"
        try:
            yield mailbox
        finally:
            server.shutdown()
            thread.join()
