"""Pages are fetched from a real site: what they become, what is asked again, and what servers do wrong.
Knows nothing about sitemaps."""

from __future__ import annotations

import socket
import time
from dataclasses import replace

import pytest

from tests.sources.conftest import QUICK, Corpora
from tests.sources.site import Page, Site, html
from workbench.corpus.corpus import load_corpus
from workbench.errors import CorpusError

RETURNS = "Goods can be returned within 30 days of delivery.\n\nThe label costs 5 euros."


def test_a_page_becomes_markdown_with_its_title_and_without_its_menu(corpora: Corpora, site: Site) -> None:
    corpora.fetch(urls=[site.add("/help/returns", "Returns", RETURNS)])
    assert corpora.documents() == ["help/returns.md"]
    assert corpora.document("help/returns.md") == f"# Returns\n\n{RETURNS}\n"
    [document] = load_corpus("own", corpora.settings.corpora).documents
    assert (document.title, document.kind) == ("Returns", "markdown")


def test_the_origin_of_a_document_stands_in_the_metadata(corpora: Corpora, site: Site) -> None:
    url = site.add("/returns", "Returns", RETURNS)
    corpora.fetch(urls=[url])
    row = corpora.metadata()["returns.md"]
    assert row["url"] == url
    assert row["fetched"] == corpora.snapshot().documents[0].fetched


def test_metadata_that_a_person_wrote_stays(corpora: Corpora, site: Site) -> None:
    url = site.add("/returns", "Returns", RETURNS)
    corpora.path().mkdir()
    (corpora.path() / "metadata.jsonl").write_text(
        '{"document": "returns.md", "region": "NL", "url": "old"}\nnot a row\n{"document": "mine.md", "year": 2025}\n'
    )
    corpora.fetch(urls=[url])
    lines = (corpora.path() / "metadata.jsonl").read_text().splitlines()
    assert '"region": "NL"' in lines[0] and url in lines[0]
    assert lines[1:] == ["not a row", '{"document": "mine.md", "year": 2025}']


def test_a_pdf_and_other_files_stay_what_they_are(corpora: Corpora, site: Site) -> None:
    site.pages["/terms.pdf"] = Page(b"%PDF-1.4 something", "application/octet-stream")
    site.pages["/prices"] = Page("part,price\n1,20\n", "text/csv")
    site.pages["/notes.md"] = Page("# Notes\n\nSome.\n", "text/plain")
    office = "application/vnd.openxmlformats-officedocument."
    site.pages["/talk"] = Page(b"PK something", f"{office}presentationml.presentation")
    site.pages["/rates"] = Page(b"PK something", f"{office}spreadsheetml.sheet")
    for name, kind in {"/a": "word", "/b": "powerpoint", "/c": "excel"}.items():
        site.pages[name] = Page(b"PK something", f"application/vnd.ms-{kind}.template.macroEnabled.12")
    site.pages["/plain"] = Page("Only words.", "text/plain; charset=utf-8")
    corpora.fetch(urls=[site.url(path) for path in site.pages])
    assert corpora.documents() == [
        "a.dotm", "b.potm", "c.xltm", "notes.md", "plain.txt", "prices.csv", "rates.xlsx", "talk.pptx", "terms.pdf",
    ]  # fmt: skip


@pytest.mark.parametrize("kind", ["text/plain", "", "application/octet-stream", "application/json"])
def test_a_page_with_a_wrong_content_type_is_read_as_a_page(corpora: Corpora, site: Site, kind: str) -> None:
    corpora.fetch(urls=[site.add("/returns", "Returns", RETURNS, kind=kind)])
    assert corpora.documents() == ["returns.md"]


def test_only_what_changed_is_fetched_again(corpora: Corpora, site: Site) -> None:
    tagged = site.add("/tagged", "Tagged", RETURNS, etag='"one"')
    dated = site.add("/dated", "Dated", RETURNS, modified=1_700_000_000.0)
    bare = site.add("/bare", "Bare", RETURNS)
    urls = [tagged, dated, bare]
    first = corpora.fetch(urls=urls)
    assert first.new == ("bare.md", "dated.md", "tagged.md")
    second = corpora.fetch(urls=urls)
    assert (second.new, second.changed, second.unchanged) == ((), (), 3)
    asked = {one.path: one.headers for one in site.asked[3:]}
    assert asked["/tagged"]["If-None-Match"] == '"one"'
    assert "If-Modified-Since" in asked["/dated"]
    assert second.snapshot is not None and first.snapshot is not None
    assert second.snapshot.id == first.snapshot.id
    site.add("/tagged", "Tagged", "Now another text stands here.", etag='"two"')
    third = corpora.fetch(urls=urls)
    assert third.changed == ("tagged.md",) and third.unchanged == 2
    assert third.snapshot is not None and third.snapshot.id != first.snapshot.id
    assert "another text" in corpora.document("tagged.md")


def test_a_page_whose_markup_changed_but_not_its_text_is_unchanged(corpora: Corpora, site: Site) -> None:
    url = site.add("/returns", "Returns", RETURNS)
    first = corpora.fetch(urls=[url])
    site.pages["/returns"] = Page(html("Returns", RETURNS).replace("<main>", '<main data-nonce="42">'))
    second = corpora.fetch(urls=[url])
    assert second.unchanged == 1 and second.snapshot is not None and first.snapshot is not None
    assert second.snapshot.fetched == first.snapshot.fetched


def test_a_page_that_is_gone_goes_to_the_trash_and_is_said(corpora: Corpora, site: Site) -> None:
    urls = [site.add("/a", "A", RETURNS), site.add("/b", "B", RETURNS)]
    corpora.fetch(urls=urls)
    site.pages["/b"] = Page("gone", status=410)
    fetched = corpora.fetch(urls=urls)
    assert fetched.gone == (("b.md", "is not there (410 Gone)"),)
    assert corpora.documents() == ["a.md"]
    assert (corpora.path() / ".trash" / "b.md").is_file()
    assert list(corpora.metadata()) == ["a.md"]


@pytest.mark.parametrize(
    ("page", "why"),
    [
        (Page("broken", status=500), "500"),
        (Page("forbidden", status=403), "403"),
        (Page(""), "is empty"),
        (Page("<html><head><title>App</title></head><body><script>run()</script></body></html>"), "no text"),
        (Page("{}", "application/json"), "application/json"),
        (Page(b"\x89PNG", "image/png"), "image/png"),
        (Page(RETURNS, seconds=30), "takes more than"),
        (Page(RETURNS, drip=True), "takes more than"),
        (Page(b"x" * 300_000), "the limit is"),
        (Page(b"x" * 10_000, endless=True), "its reply is larger than"),
        (Page(b"x" * 3_000_000, compressed=True), "its reply is larger than"),
        (Page(RETURNS, headers={"Content-Encoding": "br"}), "compressed by 'br'"),
        (Page(status=302, headers={"Location": "/bad"}), "redirects more than"),
        (Page(status=302, headers={"Location": "file:///etc/passwd"}), "not a web address"),
        (Page(status=302, headers={"Location": "http://localhost:1/"}), "not a public address"),
        (Page(status=302, headers={"Location": "http://169.254.169.254/latest"}), "not a public address"),
    ],
)  # fmt: skip
def test_a_page_that_fails_is_said_and_its_older_content_stays(
    corpora: Corpora, site: Site, page: Page, why: str
) -> None:
    urls = [site.add("/good", "Good", RETURNS), site.add("/bad", "Bad", RETURNS)]
    is_slow = page.seconds or page.drip
    limits = replace(QUICK, seconds=1.5 if is_slow else 20.0, most_bytes=100_000)
    corpora.fetch(urls=urls, limits=limits)
    site.pages["/bad"] = page
    fetched = corpora.fetch(urls=urls, limits=limits)
    [problem] = fetched.problems
    assert problem.where == urls[1] and problem.kept == "bad.md" and why in problem.why
    assert corpora.documents() == ["bad.md", "good.md"]
    assert fetched.gone == () and fetched.unchanged == 1
    assert corpora.snapshot().problems == fetched.problems


def test_nothing_is_lost_when_the_whole_site_fails(corpora: Corpora, site: Site) -> None:
    urls = [site.add("/a", "A", RETURNS), site.add("/b", "B", RETURNS)]
    corpora.fetch(urls=urls)
    before = corpora.snapshot()
    for path in ("/a", "/b"):
        site.pages[path] = Page("gone", status=404)
    with pytest.raises(CorpusError, match="No document could be fetched.*The documents fetched before stay"):
        corpora.fetch(urls=urls)
    assert corpora.snapshot() == before and corpora.documents() == ["a.md", "b.md"]


def test_a_server_that_is_not_there_is_said(corpora: Corpora) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/"
    with pytest.raises(CorpusError, match="cannot be reached"):
        corpora.fetch(urls=[url])


def test_a_busy_server_is_asked_again_when_it_says(corpora: Corpora, site: Site) -> None:
    url = site.add("/a", "A", RETURNS)
    page = site.pages["/a"]
    site.pages["/a"] = Page("busy", status=503, headers={"Retry-After": "0"})

    def tell(_: object) -> None:
        if site.asked:
            site.pages["/a"] = page

    tell(None)
    import threading

    threading.Timer(0.05, lambda: site.pages.update({"/a": page})).start()
    fetched = corpora.fetch(urls=[url], limits=replace(QUICK, attempts=50, pause_seconds=0.02))
    assert fetched.new == ("a.md",) and len(site.asked) > 1


def test_a_redirect_on_the_same_host_is_followed(corpora: Corpora, site: Site) -> None:
    site.add("/new", "New", RETURNS)
    site.pages["/old"] = Page(status=301, headers={"Location": "/new"})
    corpora.fetch(urls=[site.url("/old")])
    assert corpora.documents() == ["old.md"]


def test_few_requests_are_made_at_a_time_and_no_cookie_is_kept(corpora: Corpora, site: Site) -> None:
    urls = [
        site.add(f"/{n}", f"Page {n}", RETURNS, seconds=0.05, headers={"Set-Cookie": f"a={n}"})
        for n in range(12)
    ]
    corpora.fetch(urls=urls)
    assert site.most_at_once <= QUICK.at_once
    assert not any("Cookie" in one.headers for one in site.asked)
    assert all(one.headers["User-Agent"].startswith("RAG-Workbench") for one in site.asked)


def test_pages_of_the_same_path_get_names_of_their_own(corpora: Corpora, site: Site) -> None:
    paths = ["/", "/index", "/Index", "/list?page=1", "/list?page=2", "/v1.2", "/a%2F..%2Fb", "/con", "/ä ö"]
    urls = []
    for number, path in enumerate(paths):
        plain = path.replace("ä ö", "%C3%A4%20%C3%B6")
        urls.append(site.add(plain, f"Page {number}", f"{RETURNS} This is page number {number}."))
    corpora.fetch(urls=urls)
    names = corpora.documents()
    assert len({name.casefold() for name in names}) == len(paths)
    assert "v1.2.md" in names and "ä ö.md" in names
    again = corpora.fetch(urls=list(reversed(urls)))
    assert again.unchanged == len(paths) and corpora.documents() == names


def test_pages_of_several_hosts_stand_in_a_folder_each(corpora: Corpora, site: Site) -> None:
    site.add("/a", "A", RETURNS)
    corpora.fetch(urls=[site.url("/a"), f"http://localhost:{site.port}/a"])
    assert corpora.documents() == ["127.0.0.1/a.md", "localhost/a.md"]


def test_more_pages_than_asked_for_are_counted(corpora: Corpora, site: Site) -> None:
    urls = [site.add(f"/{n}", f"Page {n}", RETURNS) for n in range(5)]
    fetched = corpora.fetch(urls=urls, most_documents=3)
    assert len(fetched.new) == 3
    assert fetched.notes == ("There are 5 addresses; 3 are fetched. Set most_documents to fetch more.",)


def test_a_fetch_that_is_stopped_leaves_the_corpus_and_the_next_one_goes_on(
    corpora: Corpora, site: Site
) -> None:
    urls = [site.add(f"/{n}", f"Page {n}", RETURNS, etag=f'"{n}"') for n in range(6)]
    site.pages["/5"].seconds = 20
    done: list[int] = []
    started = time.monotonic()
    fetched = corpora.fetch(
        urls=urls, tell=lambda p: done.append(p["done"]), is_stopped=lambda: bool(done) and done[-1] == 5,
        limits=replace(QUICK, seconds=30),
    )  # fmt: skip
    assert time.monotonic() - started < 15  # the slow page is not waited for
    assert fetched.state == "stopped" and corpora.snapshot() is None
    assert not (corpora.path() / "documents").exists()
    site.pages["/5"].seconds = 0
    asked = len(site.asked)
    again = corpora.fetch(urls=urls)
    assert len(again.new) == 6 and len(corpora.documents()) == 6
    assert sum("If-None-Match" in one.headers for one in site.asked[asked:]) == 5
    assert not (corpora.path() / ".fetch").exists()


def test_a_fetch_that_takes_too_long_stops(corpora: Corpora, site: Site) -> None:
    url = site.add("/a", "A", RETURNS, seconds=20)
    fetched = corpora.fetch(urls=[url], most_seconds=0.3, limits=replace(QUICK, seconds=30))
    assert fetched.state == "stopped"
