"""The fields that say where the documents of a new corpus come from.
Knows nothing about how they are fetched."""

from __future__ import annotations

from typing import Any

import streamlit as st

from workbench.ui.services import Services
from workbench.ui.widgets import address

FILES, PAGES, SITEMAP, GIT, OTHER = "files", "pages", "sitemap", "git", "other"
LABELS = {
    FILES: "Your files",
    PAGES: "Web pages",
    SITEMAP: "Sitemap",
    GIT: "Git repository",
    OTHER: "Other",
}
KEEP: dict[str, Any] = {"persist_state": "session"}  # a fetch that failed is tried again with a small change
EXAMPLE = """fsspec: s3://bucket/handbook
with_env: {key: S3_KEY, secret: S3_SECRET}"""
OTHER_HELP = (
    "The contents of source.yaml: storage (`fsspec: s3://bucket/prefix`), a WebDAV folder "
    "(`webdav: https://…`) or a LlamaIndex reader (`llamaindex: module:Class`). docs/sources.md describes "
    "them."
)


def choose_kind() -> str:
    """Draw the choice of where the documents come from."""
    return address.choose(
        st.segmented_control, "Documents from", list(LABELS), name="from", required=True,
        format_func=LABELS.__getitem__,
    )  # fmt: skip


def source_fields(services: Services, kind: str) -> Any:
    """Draw the fields of a kind; return a function that reads the source from them, as in source.yaml.

    The function raises WorkbenchError for what cannot be read as a source.
    """
    if kind == PAGES:
        text = st.text_area(
            "Addresses, one per line", key="corpora.new.urls", height=150, **KEEP,
            placeholder="https://docs.example.org/returns\nhttps://docs.example.org/terms.pdf",
        )  # fmt: skip
        return lambda: services.corpora.parse_source({"urls": text.split()})
    if kind == SITEMAP:
        url = st.text_input(
            "Address of the sitemap", key="corpora.new.sitemap", **KEEP,
            placeholder="https://docs.example.org/sitemap.xml",
        )  # fmt: skip
        under = st.text_input(
            "Only pages whose address begins with (optional)", key="corpora.new.under", **KEEP,
            placeholder="https://docs.example.org/guide/",
        )  # fmt: skip
        return lambda: services.corpora.parse_source(_given(sitemap=url, under=under))
    if kind == GIT:
        repository = st.text_input(
            "Repository", key="corpora.new.git", **KEEP, placeholder="https://git.example.org/team/docs.git",
            help="An address that git understands, or the path of a repository on this machine.",
        )  # fmt: skip
        left, right = st.columns(2)
        folder = left.text_input("Folder (optional)", key="corpora.new.folder", placeholder="docs", **KEEP)
        branch = right.text_input("Branch or tag (optional)", key="corpora.new.branch", **KEEP)
        return lambda: services.corpora.parse_source(_given(git=repository, folder=folder, branch=branch))
    text = st.text_area(
        "The source, as YAML",
        key="corpora.new.yaml",
        height=150,
        placeholder=EXAMPLE,
        help=OTHER_HELP,
        **KEEP,
    )
    return lambda: services.corpora.parse_source_yaml(text)


def _given(**fields: str) -> dict[str, str]:
    """The fields that hold something; the first one always, so that it is what an error is about."""
    first = next(iter(fields))
    return {name: text.strip() for name, text in fields.items() if text.strip() or name == first}
