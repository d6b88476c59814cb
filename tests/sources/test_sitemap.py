"""Sites are fetched by their sitemaps from a real server: what is listed, refused, missing and too much.
Knows nothing about single pages."""

from __future__ import annotations

import asyncio
import gzip

import pytest

from tests.sources.conftest import Corpora
from tests.sources.site import Page, Site
from workbench.errors import CorpusError
from workbench.sources.sitemap import NotASitemap, parse_sitemap
from workbench.sources.web_addresses import is_same_site, why_not_to_follow
from workbench.space.address import Address

TEXT = "Goods can be returned within 30 days of delivery."


def _pages(site: Site, *paths: str) -> str:
    for path in paths:
        site.add(path, path.strip("/").title(), TEXT, etag=f'"{path}"')
    return site.list_in_sitemap(*paths)


def test_the_pages_of_a_sitemap_become_the_corpus(corpora: Corpora, site: Site) -> None:
    fetched = corpora.fetch(sitemap=_pages(site, "/a", "/help/b", "/help/c"))
    assert corpora.documents() == ["a.md", "help/b.md", "help/c.md"] and not fetched.notes
    again = corpora.fetch(sitemap=site.url("/sitemap.xml"))
    assert again.unchanged == 3
    assert site.paths().count("/robots.txt") == 2


def test_only_pages_under_an_address_are_fetched(corpora: Corpora, site: Site) -> None:
    corpora.fetch(sitemap=_pages(site, "/a", "/help/b"), under=site.url("/help/"))
    assert corpora.documents() == ["help/b.md"] and "/a" not in site.paths()


def test_a_page_that_is_not_listed_any_more_goes_to_the_trash(corpora: Corpora, site: Site) -> None:
    corpora.fetch(sitemap=_pages(site, "/a", "/b"))
    fetched = corpora.fetch(sitemap=site.list_in_sitemap("/a", "/c"))
    assert fetched.gone == (("b.md", "the source no longer lists it"),)
    assert [problem.where for problem in fetched.problems] == [site.url("/c")]


def test_pages_on_other_hosts_are_left_out_and_said(corpora: Corpora, site: Site) -> None:
    _pages(site, "/a")
    sitemap = site.list_in_sitemap(
        "/a", "http://localhost:1/x", "file:///etc/passwd", "http://127.0.0.1:9/admin", "http://localhost:1/y"
    )
    fetched = corpora.fetch(sitemap=sitemap)
    assert corpora.documents() == ["a.md"]
    assert fetched.notes == ("4 addresses of the sitemap left out, on other hosts: localhost, ?, 127.0.0.1.",)


def test_a_page_that_redirects_to_another_site_is_refused(corpora: Corpora, site: Site) -> None:
    sitemap = _pages(site, "/a", "/b")
    site.pages["/b"] = Page(status=302, headers={"Location": f"http://localhost:{site.port}/a"})
    fetched = corpora.fetch(sitemap=sitemap)
    assert [p.why for p in fetched.problems] == ["redirects to another site (localhost)"]


def test_robots_txt_is_obeyed(corpora: Corpora, site: Site) -> None:
    sitemap = _pages(site, "/a", "/private/b", "/private/open")
    site.pages["/robots.txt"] = Page(
        "User-agent: Other\nDisallow: /\n\nUser-agent: RAG-Workbench\nCrawl-delay: 0.1\nAllow: /private/open\n"
        "Disallow: /private\n", "text/plain",
    )  # fmt: skip
    fetched = corpora.fetch(sitemap=sitemap)
    assert corpora.documents() == ["a.md", "private/open.md"] and "/private/b" not in site.paths()
    assert fetched.notes == ("1 page of the sitemap left out: the site's robots.txt does not allow them.",)


def test_a_pause_that_robots_txt_asks_for_is_made(corpora: Corpora, site: Site) -> None:
    sitemap = _pages(site, "/a", "/b", "/c")
    site.pages["/robots.txt"] = Page("User-agent: *\nCrawl-delay: 1\n", "text/plain")
    corpora.fetch(sitemap=sitemap)  # the longest pause of these tests is half a second
    at = [one.at for one in site.asked if one.path in ("/a", "/b", "/c")]
    assert all(later - earlier > 0.4 for earlier, later in zip(at, at[1:], strict=False))


def test_nothing_is_fetched_where_robots_txt_cannot_be_read(corpora: Corpora, site: Site) -> None:
    sitemap = _pages(site, "/a")
    site.pages["/robots.txt"] = Page("broken", status=500)
    with pytest.raises(CorpusError, match="not known what the site allows"):
        corpora.fetch(sitemap=sitemap)
    assert set(site.paths()) == {"/robots.txt"}


def test_a_sitemap_of_sitemaps_is_followed_on_its_own_host(corpora: Corpora, site: Site) -> None:
    _pages(site, "/a", "/b")
    site.list_in_sitemap("/a", at="/one.xml")
    site.pages["/two.xml.gz"] = Page(gzip.compress(f"{site.url('/b')}\n".encode()), "application/gzip")
    entries = "".join(
        f"<sitemap><loc>{url}</loc></sitemap>"
        for url in (
            site.url("/one.xml"),
            site.url("/two.xml.gz"),
            site.url("/index.xml"),
            "http://localhost:1/x.xml",
        )
    )
    site.pages["/index.xml"] = Page(f"<sitemapindex>{entries}<!-- end --></sitemapindex>", "text/xml")
    fetched = corpora.fetch(sitemap=site.url("/index.xml"))
    assert corpora.documents() == ["a.md", "b.md"]
    assert fetched.notes == ("1 address of the sitemap left out, on other hosts: localhost.",)


def test_nothing_is_gone_while_a_part_of_the_sitemap_cannot_be_read(corpora: Corpora, site: Site) -> None:
    _pages(site, "/a", "/b")
    site.list_in_sitemap("/a", at="/one.xml")
    site.list_in_sitemap("/b", at="/two.xml")
    entries = "".join(f"<sitemap><loc>{site.url(path)}</loc></sitemap>" for path in ("/one.xml", "/two.xml"))
    site.pages["/index.xml"] = Page(f"<sitemapindex>{entries}</sitemapindex>", "text/xml")
    corpora.fetch(sitemap=site.url("/index.xml"))
    site.pages["/two.xml"] = Page("broken", status=500)
    fetched = corpora.fetch(sitemap=site.url("/index.xml"))
    assert fetched.gone == () and corpora.documents() == ["a.md", "b.md"]
    assert "two.xml cannot be read: it gets the answer 500" in fetched.notes[0]


@pytest.mark.parametrize(
    ("page", "why"),
    [
        (Page("nothing", status=404), "is not there"),
        (Page(""), "neither XML nor a list"),
        (Page("<html><body>Hello</body></html>"), "its root is <html>"),
        (Page("<urlset><url><loc>http://x</loc>", "text/xml"), "not valid XML"),
        (Page("<urlset></urlset>", "text/xml"), "lists no page"),
        (Page("just words\n", "text/plain"), "neither XML nor a list"),
        (Page(b"\x1f\x8bdamaged", "application/gzip"), "is damaged"),
        (
            Page(status=301, headers={"Location": "http://localhost:1/sitemap.xml"}),
            "redirects to another site",
        ),
    ],
)
def test_a_sitemap_that_cannot_be_used_says_why(corpora: Corpora, site: Site, page: Page, why: str) -> None:
    site.pages["/sitemap.xml"] = page
    with pytest.raises(CorpusError, match=why):
        corpora.fetch(sitemap=site.url("/sitemap.xml"))


def test_a_sitemap_cannot_reach_files_or_blow_up() -> None:
    evil = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><urlset><url><loc>&e;</loc></url></urlset>'
    assert parse_sitemap(evil) == ([], [])
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + b"".join(
        b'<!ENTITY %s "%s">' % (name, (b"&%s;" % before) * 10) for before, name in zip([b"a", b"b", b"c"], [b"b", b"c", b"d"], strict=True)
    )  # fmt: skip
    bomb += b"]><urlset><url><loc>&d;</loc></url></urlset>"
    assert parse_sitemap(bomb) == ([], [])
    with pytest.raises(NotASitemap, match="too large"):
        parse_sitemap(gzip.compress(b" " * 60_000_000))


@pytest.mark.parametrize(
    ("url", "target", "addresses", "refusal"),
    [
        ("https://a.example/x", "https://a.example/y", [], None),
        ("https://a.example/x", "https://b.example/y", ["93.184.216.34"], None),
        ("https://a.example/x", "https://b.example/y", ["93.184.216.34", "10.0.0.1"], "not a public address"),
        ("https://a.example/x", "http://b.example:8080/", ["fd00::1"], "b.example:8080, which is not"),
        ("https://a.example/x", "http://127.0.0.1/", ["127.0.0.1"], "not a public address"),
        ("https://a.example/x", "http://[::1]/", ["::1"], "not a public address"),
        ("https://a.example/x", "file:///etc/passwd", [], "not a web address"),
        ("https://a.example/x", "https://user:key@b.example/", [], "not a web address"),
        ("https://a.example/x", "javascript:alert(1)", [], "not a web address"),
        ("http://10.0.0.1/x", "http://10.0.0.1/y", ["10.0.0.1"], None),
    ],
)
def test_a_redirect_leads_to_no_host_of_the_users_network(
    url: str, target: str, addresses: list[str], refusal: str | None
) -> None:
    async def resolve(_: str) -> list[str]:
        return addresses

    why = asyncio.run(why_not_to_follow(url, target, within_site=False, resolve=resolve))
    assert (why is None) if refusal is None else why is not None and refusal in why


def test_a_site_is_one_host_at_one_port_with_or_without_www() -> None:
    def same(one: str, other: str) -> bool:
        first, second = Address.parse(one), Address.parse(other)
        assert first and second
        return is_same_site(first, second)

    assert same("http://example.org", "https://www.example.org/x")
    assert not same("http://example.org", "http://docs.example.org")
    assert not same("http://example.org:8000", "http://example.org:9000")
