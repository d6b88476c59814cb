"""The OpenAPI document of a service, and a page that shows it and loads nothing.
Knows nothing about how requests are answered."""

from __future__ import annotations

import html
from functools import cache
from typing import Any, NamedTuple

from pydantic import BaseModel

from workbench.service.request_bodies import AskBody, ChatBody, FeedbackBody


class _Endpoint(NamedTuple):
    method: str
    path: str
    does: str
    body: type[BaseModel] | None = None


ENDPOINTS = (
    _Endpoint(
        "post", "/v1/chat/completions", "Answers a chat, whole or streamed, as OpenAI's API does.", ChatBody
    ),
    _Endpoint("get", "/v1/models", "Lists the winners that can be chosen as model."),
    _Endpoint("post", "/ask", "Answers a question, with the passages and scores of `ask --json`.", AskBody),
    _Endpoint("post", "/retrieve", "Returns the passages that the model would be given.", AskBody),
    _Endpoint("post", "/feedback", "Takes a thumb on a reply, a comment and a better answer.", FeedbackBody),
    _Endpoint("get", "/healthz", "Says whether the service is ready: 200, or 503 while it is not."),
    _Endpoint("get", "/metrics", "Returns figures for Prometheus."),
)


@cache
def openapi_document() -> dict[str, Any]:
    """OpenAPI 3.1."""
    paths: dict[str, Any] = {}
    schemas: dict[str, Any] = {}
    for endpoint in ENDPOINTS:
        operation: dict[str, Any] = {
            "summary": endpoint.does,
            "responses": {
                "200": {"description": "Done."},
                "default": {"$ref": "#/components/responses/Error"},
            },
        }
        if endpoint.path != "/healthz":
            operation["security"] = [{"key": []}, {}]
        if endpoint.body is not None:
            schema = endpoint.body.model_json_schema(ref_template="#/components/schemas/{model}")
            schemas |= schema.pop("$defs", {})
            name = endpoint.body.__name__
            schemas[name] = schema
            content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}
            operation["requestBody"] = {"required": True, "content": content}
        paths.setdefault(endpoint.path, {})[endpoint.method] = operation
    return {
        "openapi": "3.1.0",
        "info": {"title": "RAG Workbench: served winners", "version": "1"},
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
            "responses": {"Error": {"description": "Not done, and why.", "content": _ERROR}},
        },
    }


_ERROR = {
    "application/json": {
        "schema": {
            "type": "object",
            "properties": {
                "error": {
                    "type": "object",
                    "properties": {
                        "message": {"type": "string"},
                        "type": {"type": "string"},
                        "param": {"type": ["string", "null"]},
                        "code": {"type": ["string", "null"]},
                    },
                }
            },
        }
    }
}

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:50rem;margin:2rem auto;padding:0 1rem}"
    ":root{color-scheme:light dark}"
    "code{font-family:ui-monospace,monospace}table{border-collapse:collapse;width:100%}"
    "td,th{text-align:left;vertical-align:top;padding:.3rem .6rem .3rem 0;border-bottom:1px solid #8884}"
)


def openapi_page() -> str:
    """The document as a page for people."""
    document = openapi_document()
    sections = [_section(endpoint, document) for endpoint in ENDPOINTS]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Served winners</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head><body><main>'
        "<h1>Served winners</h1><p>For programs: <a href='/openapi.json'>openapi.json</a>.</p>"
        f"{''.join(sections)}</main></body></html>"
    )


def _section(endpoint: _Endpoint, document: dict[str, Any]) -> str:
    rows = ""
    if endpoint.body is not None:
        schema = document["components"]["schemas"][endpoint.body.__name__]
        required = schema.get("required", [])
        rows = (
            "<table><thead><tr><th>Field</th><th>Meaning</th></tr></thead><tbody>"
            + "".join(
                f"<tr><td><code>{html.escape(name)}</code>{' (required)' if name in required else ''}</td>"
                f"<td>{html.escape(field.get('description', ''))}</td></tr>"
                for name, field in schema["properties"].items()
            )
            + "</tbody></table>"
        )
    head = f"<h2><code>{endpoint.method.upper()} {html.escape(endpoint.path)}</code></h2>"
    return f"<section>{head}<p>{html.escape(endpoint.does)}</p>{rows}</section>"
