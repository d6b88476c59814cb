"""A web site on this machine whose pages can change, fail, redirect and be slow; it notes what it was asked.
Knows nothing about what fetches them."""

from __future__ import annotations

import gzip
import threading
import time
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

HTML = "text/html; charset=utf-8"


def html(title: str, text: str) -> str:
    """A page as sites write them: with a menu and a footer around its text."""
    paragraphs = "".join(f"<p>{part}</p>" for part in text.split("\n\n"))
    menu = "".join(f'<li><a href="/{name}">{name}</a></li>' for name in ("home", "shop", "help", "about"))
    return (
        f"<!doctype html><html><head><title>{title} | Harbor</title></head><body><nav><ul>{menu}</ul></nav>"
        f"<main><h1>{title}</h1>{paragraphs}</main><footer>Imprint. All rights reserved.</footer></body></html>"
    )


@dataclass
class Page:
    """What the site answers for one path."""

    body: bytes | str = ""
    kind: str = HTML
    """The Content-Type; empty for none."""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    etag: str | None = None
    """With one, a request that names it is answered with 304."""
    modified: float | None = None
    """A Last-Modified, as Unix seconds; a request that names it is answered with 304."""
    seconds: float = 0.0
    """How long it waits before it answers."""
    drip: bool = False
    """Whether it sends the body one byte a second."""
    endless: bool = False
    """Whether the body never ends."""
    compressed: bool = False
    """Whether the body is sent with gzip."""

    @property
    def data(self) -> bytes:
        return self.body.encode() if isinstance(self.body, str) else self.body


@dataclass
class Asked:
    """A request that the site was sent."""

    path: str
    headers: dict[str, str]
    at: float


class Site:
    """A context manager. Its pages may be changed while it runs."""

    def __init__(self) -> None:
        self.pages: dict[str, Page] = {}
        self.asked: list[Asked] = []
        self.most_at_once = 0
        self._now = 0
        self._lock = threading.Lock()
        self._closing = threading.Event()

    def __enter__(self) -> Site:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _make_handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def url(self, path: str = "/") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def add(self, path: str, title: str, text: str, **fields: Any) -> str:
        """Add a page of text; returns its address."""
        self.pages[path] = Page(html(title, text), **fields)
        return self.url(path)

    def list_in_sitemap(self, *paths: str, at: str = "/sitemap.xml") -> str:
        """Have a sitemap list these paths, or full addresses; returns its address."""
        entries = "".join(f"<url><loc>{p if '://' in p else self.url(p)}</loc></url>" for p in paths)
        space = "http://www.sitemaps.org/schemas/sitemap/0.9"
        self.pages[at] = Page(f'<?xml version="1.0"?><urlset xmlns="{space}">{entries}</urlset>', "text/xml")
        return self.url(at)

    def paths(self) -> list[str]:
        """The paths that were asked for, in order."""
        return [one.path for one in self.asked]

    def begin(self, handler: BaseHTTPRequestHandler) -> None:
        with self._lock:
            self._now += 1
            self.most_at_once = max(self.most_at_once, self._now)
            self.asked.append(Asked(handler.path, dict(handler.headers.items()), time.monotonic()))

    def end(self) -> None:
        with self._lock:
            self._now -= 1

    def wait(self, seconds: float) -> bool:
        """Wait; whether the site is being closed."""
        return self._closing.wait(seconds)


def _make_handler(site: Site) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.begin(self)
            try:
                self._answer(site.pages.get(self.path) or Page("nothing here", status=404))
            except (BrokenPipeError, ConnectionResetError):
                pass
            finally:
                site.end()

        def _answer(self, page: Page) -> None:
            if page.seconds and site.wait(page.seconds):
                return
            date = formatdate(page.modified, usegmt=True) if page.modified is not None else None
            if (page.etag and self.headers.get("If-None-Match") == page.etag) or (
                date and self.headers.get("If-Modified-Since") == date
            ):
                self.send_response(304)
                self.end_headers()
                return
            data = gzip.compress(page.data) if page.compressed else page.data
            self.send_response(page.status)
            headers = dict(page.headers)
            if page.kind:
                headers["Content-Type"] = page.kind
            if page.etag:
                headers["ETag"] = page.etag
            if date:
                headers["Last-Modified"] = date
            if page.compressed:
                headers["Content-Encoding"] = "gzip"
            if not page.endless:
                headers["Content-Length"] = str(len(data))
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            while page.endless and not site.wait(0):
                self.wfile.write(data)
            if page.drip:
                for number in range(len(data)):
                    self.wfile.write(data[number : number + 1])
                    if site.wait(1.0):
                        return
            elif not page.endless:
                self.wfile.write(data)

        def log_message(self, *_: Any) -> None:
            pass

    return Handler
