"""The sketch of a page is added to pages of HTML, and to nothing else.
Knows nothing about Streamlit or a browser: that it goes is in tests/browser/test_journey.py."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from workbench.ui.first_paint import FirstPaint

PAGE = "<!DOCTYPE html><html><head></head><body>\n<div id='root'></div>" + " " * 4000 + "</body></html>"
BROWSER = {"accept": "text/html,application/xhtml+xml", "accept-encoding": "gzip"}


def _page(request: Request) -> Response:
    if "if-none-match" in request.headers:
        return Response(status_code=304)
    return HTMLResponse(PAGE, headers={"etag": "e", "last-modified": "today"})


def _pieces(request: Request) -> Response:
    return StreamingResponse(iter([PAGE[:30], PAGE[30:]]), media_type="text/html")


def _json(request: Request) -> Response:
    return JSONResponse({"body": "<body>"})


@pytest.fixture
def client() -> TestClient:
    routes = [Route("/", _page), Route("/pieces", _pieces), Route("/json", _json)]
    return TestClient(
        Starlette(routes=routes, middleware=[Middleware(FirstPaint), Middleware(GZipMiddleware)])
    )


@pytest.mark.parametrize("path", ["/", "/pieces"])
def test_a_page_gets_the_sketch_at_the_beginning_of_its_body(client: TestClient, path: str) -> None:
    reply = client.get(path, headers=BROWSER)
    body = reply.text
    assert body.index("<body>") < body.index('id="first-paint"') < body.index("id='root'")
    assert body.count('id="first-paint"') == 1 and reply.headers["content-length"] == str(len(reply.content))
    assert "etag" not in reply.headers and "last-modified" not in reply.headers


def test_a_page_that_the_browser_has_is_sent_again_with_the_sketch_of_today(client: TestClient) -> None:
    reply = client.get("/", headers={**BROWSER, "if-none-match": "e"})
    assert reply.status_code == 200 and "first-paint" in reply.text


def test_what_is_no_page_is_left_alone(client: TestClient) -> None:
    assert client.get("/json", headers=BROWSER).json() == {"body": "<body>"}
    fetched = client.get("/", headers={"accept": "*/*", "accept-encoding": "gzip"})
    assert fetched.text == PAGE and fetched.headers["etag"] == "e"
    assert fetched.headers["content-encoding"] == "gzip"
