"""Makes the source that a corpus's source.yaml describes.
Knows nothing about what is fetched from it."""

from __future__ import annotations

from pathlib import Path

from workbench.sources.source_file import GitSource, SitemapSource, SourceFile, UrlsSource
from workbench.sources.types import Source


def open_source(source: SourceFile, cache: Path) -> Source:
    """The source. Nothing is sent.

    cache: the folder for what makes the next fetch faster; it may be lost.
    """
    if isinstance(source, UrlsSource):
        from workbench.sources.web_pages import WebPages

        return WebPages(source)
    if isinstance(source, SitemapSource):
        from workbench.sources.web_pages import Sitemap

        return Sitemap(source)
    if isinstance(source, GitSource):
        from workbench.sources.git_repository import GitRepository

        return GitRepository(source, cache / "repositories")
    from workbench.sources.outside import Outside

    return Outside(source)
