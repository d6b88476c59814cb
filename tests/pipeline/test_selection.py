"""Tests what the prompt gets of a ranking: exact spans of one document, in order, within limits, alike each time.
Knows nothing about how chunks are ranked."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.corpus.types import Document, Evidence
from workbench.errors import ProviderError
from workbench.parts.part import Returns
from workbench.parts.registry import parts_of
from workbench.pipeline import fingerprints
from workbench.pipeline.chunking import chunk_document
from workbench.pipeline.copied_evidence import with_copies
from workbench.pipeline.corpus_texts import CorpusTexts, Texts
from workbench.pipeline.given import Given
from workbench.pipeline.joining import cut_to
from workbench.pipeline.selection import NONE_GOOD_ENOUGH, Selection, select
from workbench.pipeline.splitters.packing import Span
from workbench.pipeline.token_offsets import TokenOffsets
from workbench.pipeline.tokens_within import token_starts_within
from workbench.pipeline.types import Chunk, Chunking, Hit
from workbench.settings import Settings
from workbench.space.retrieval import Retrieval
from workbench.user_code import permission
from workbench.user_code.loading import own_code

SPLITTERS = ["sentence", "token", "markdown", "recursive", "page", "code", "whole"]
RETURNS = [
    "chunk", "window:1", "window:50", "parent:16", "parent:64", "parent:8192", "section:16", "section:1024",
    "merged(tokens=64)", "merged(tokens=512, share=0.2)", "merged(share=1.0)",
]  # fmt: skip
SECTIONS = (
    "# Guide\n\nThe tank holds two litres.\n\n## Water\n\n"
    + " ".join(f"Rinse the tank {n} times before use." for n in range(12))
    + "\n\n## Power\n\n| Model | Watts |\n|---|---|\n"
    + "".join(f"| A{n} | {n}00 |\n" for n in range(9))
    + "\nNever cover it.\n\n## Empty\n"
)
WORDS = st.sampled_from(
    [
        "water. ",
        "tank ",
        "\n\n",
        "\n# Head\n\n",
        "\n## Sub\n\n",
        "水は二リットル。",
        "é́ ",
        "👨‍👩‍👧 ",
        "x" * 40,
        "\t",
        "|a|b|\n",
        "3 ",
    ]
)
DOCUMENTS = st.lists(st.lists(WORDS, max_size=60).map("".join), min_size=1, max_size=3)


def documents_of(texts: Sequence[str]) -> list[Document]:
    return [Document(f"d{n}.md", f"Document {n}", text, "markdown") for n, text in enumerate(texts)]


def texts_of(documents: Sequence[Document], folder: Path) -> CorpusTexts:
    return CorpusTexts(documents, folder / "chunks")


def setting(**fields: Any) -> Retrieval:
    return Retrieval(
        retriever="keyword", **({"chunk_tokens": 16, "chunk_overlap": 0, "splitter": "markdown"} | fields)
    )


def ranked(documents: Sequence[Document], retrieval: Retrieval, order: Sequence[int] = ()) -> list[Hit]:
    """The chunks as hits; order: which come first."""
    chunks = [c for d in documents for c in chunk_document(d, *Chunking.of(retrieval))]
    first = dict.fromkeys(n % len(chunks) for n in order) if chunks else {}
    picked = [*(chunks[n] for n in first), *(c for n, c in enumerate(chunks) if n not in first)]
    return [Hit(chunk, 1 / rank) for rank, chunk in enumerate(picked[:50], start=1)]


def as_rows(selection: Selection) -> list[tuple[Chunk, float]]:
    return [(passage.chunk, passage.score) for passage in selection.passages]


def check(
    selection: Selection, hits: Sequence[Hit], retrieval: Retrieval, documents: Sequence[Document]
) -> None:
    """What holds whatever is returned."""
    text_of = {document.name: document.text for document in documents}
    passages = selection.passages
    for passage in passages:
        chunk = passage.chunk
        text = text_of[chunk.document]
        assert 0 <= chunk.start < chunk.end <= len(text) and chunk.text == text[chunk.start : chunk.end]
        assert chunk.tokens > 0 and chunk.title
        assert chunk.start <= passage.core.start < passage.core.end <= chunk.end
    assert len(passages) <= retrieval.top_k
    scores = [passage.score for passage in passages]
    assert scores == sorted(scores, reverse=True)
    if retrieval.returns != "chunk":
        spans = sorted((p.chunk.document, p.chunk.start, p.chunk.end) for p in passages)
        for (name, _, end), (next_name, start, _) in zip(spans, spans[1:], strict=False):
            assert name != next_name or end < start and text_of[name][end:start].strip()
    if retrieval.passage_tokens is not None:
        assert sum(passage.chunk.tokens for passage in passages) <= retrieval.passage_tokens
    if hits and retrieval.min_score is None:
        assert passages and passages[0].core.start == hits[0].chunk.start
    if retrieval.min_score is not None:
        assert all(score >= retrieval.min_score for score in scores)


@pytest.mark.parametrize("returns", RETURNS)
@settings(max_examples=25, deadline=None)
@given(
    texts=DOCUMENTS,
    splitter=st.sampled_from(SPLITTERS),
    overlap=st.sampled_from([0, 5]),
    top_k=st.integers(1, 6),
    order=st.lists(st.integers(0, 60), max_size=6),
    near=st.sampled_from(["keep", "drop"]),
    budget=st.sampled_from([None, 16, 40, 200]),
    least=st.sampled_from([None, 0.3]),
)
def test_any_setting_gives_exact_spans_of_one_document_within_its_limits(
    returns: str, texts: list[str], splitter: str, overlap: int, top_k: int, order: list[int], near: Any,
    budget: int | None, least: float | None,
) -> None:  # fmt: skip
    documents = documents_of(texts)
    retrieval = setting(
        splitter=splitter, chunk_overlap=overlap, returns=returns, top_k=top_k, near_duplicates=near,
        passage_tokens=budget, min_score=least,
    )  # fmt: skip
    hits = ranked(documents, retrieval, order)
    with tempfile.TemporaryDirectory() as folder:
        corpus = texts_of(documents, Path(folder))
        selection = select(hits, retrieval, corpus)
        check(selection, hits, retrieval, documents)
        assert as_rows(select(hits, retrieval, corpus)) == as_rows(selection)
        anew = texts_of(list(reversed(documents)), Path(folder))  # from the cache, whatever the order
        assert as_rows(select(hits, retrieval, anew)) == as_rows(selection)
        if budget is None and near == "keep":  # nothing that was found is lost
            found = [h.chunk for h in hits[:top_k] if least is None or h.score >= least]
            assert all(
                any(
                    p.chunk.document == c.document and p.chunk.start <= c.start and c.end <= p.chunk.end
                    for p in selection.passages
                )
                for c in found
            )


def test_every_part_is_tried_above() -> None:
    tried = {text.partition(":")[0].partition("(")[0] for text in RETURNS}
    assert tried == set(parts_of(Returns))


def first_of(returns: str, tmp_path: Path, **fields: Any) -> Chunk:
    """What is given for the chunk of SECTIONS that says "Rinse the tank 5 times"."""
    documents = documents_of([SECTIONS])
    retrieval = setting(returns=returns, top_k=1, **fields)
    hits = [h for h in ranked(documents, retrieval) if "tank 5 times" in h.chunk.text]
    [passage] = select(hits, retrieval, texts_of(documents, tmp_path)).passages
    return passage.chunk


def test_a_window_has_so_many_chunks_on_each_side_and_ends_with_the_document(tmp_path: Path) -> None:
    chunk, one, two = (first_of(returns, tmp_path) for returns in ("chunk", "window:1", "window:2"))
    assert two.start < one.start < chunk.start and chunk.end < one.end < two.end
    assert "tank 4 times" in one.text and "tank 6 times" in one.text
    whole = first_of("window:50", tmp_path)
    assert whole.text == SECTIONS.strip() and whole.title == "Document 0 › Guide"


def test_a_parent_is_cut_by_the_same_splitter(tmp_path: Path) -> None:
    parent = first_of("parent:64", tmp_path)
    [cut] = [
        c for c in chunk_document(documents_of([SECTIONS])[0], "markdown", 64, 0) if "tank 5 times" in c.text
    ]
    assert (parent.start, parent.end, parent.title, parent.tokens) == (
        cut.start,
        cut.end,
        cut.title,
        cut.tokens,
    )


def test_a_section_goes_from_its_heading_to_the_next_and_a_long_one_is_cut(tmp_path: Path) -> None:
    section = first_of("section:1024", tmp_path)
    assert section.text.startswith("## Water") and section.text.endswith("11 times before use.")
    assert section.title == "Document 0 › Guide › Water"
    cut = first_of("section:32", tmp_path)
    assert cut.tokens < 50 and section.start <= cut.start and cut.end <= section.end
    plain = documents_of(["No headings here. " * 400])
    retrieval = setting(returns="section:64", top_k=1)
    [passage] = select(ranked(plain, retrieval), retrieval, texts_of(plain, tmp_path)).passages
    assert passage.chunk.tokens <= 64 + 16


def test_most_of_a_parent_gives_all_of_it_and_less_gives_the_chunks(tmp_path: Path) -> None:
    documents = documents_of([SECTIONS])
    retrieval = setting(returns="merged(tokens=64)", top_k=3)
    rinse = [h.chunk for h in ranked(documents, retrieval) if "Rinse" in h.chunk.text]
    corpus = texts_of(documents, tmp_path)

    def given(*places: int) -> list[Chunk]:
        hits = [Hit(rinse[place], 1 / n) for n, place in enumerate(places, start=1)]
        return [p.chunk for p in select(hits, retrieval, corpus).passages]

    assert given(0) == [rinse[0]] and given(4, 0) == [rinse[4], rinse[0]]
    [parent] = given(0, 3, 2)
    assert parent.start <= rinse[0].start and rinse[3].end <= parent.end


def test_what_touches_is_one_passage_with_the_best_rank_and_several_in_one_parent_give_it_once(
    tmp_path: Path,
) -> None:
    documents = documents_of([SECTIONS, "Something else entirely.\n"])
    retrieval = setting(returns="window:1", top_k=4)
    hits = ranked(documents, retrieval)
    water = [h.chunk for h in hits if "Rinse" in h.chunk.text]
    other = next(h.chunk for h in hits if h.chunk.document == "d1.md")
    given = [Hit(water[5], 0.9), Hit(other, 0.8), Hit(water[2], 0.7)]
    first, second = select(given, retrieval, texts_of(documents, tmp_path)).passages
    assert (first.score, first.core, second.chunk) == (0.9, water[5], other)
    assert (first.chunk.start, first.chunk.end) == (water[1].start, water[6].end)
    parents = select(
        [Hit(c, 1.0) for c in water[:2]],
        setting(returns="parent:512", top_k=4),
        texts_of(documents, tmp_path),
    )
    assert len(parents.passages) == 1


def test_pages_and_headers_are_those_of_where_a_passage_begins(tmp_path: Path) -> None:
    text = "First page here. It is short.\n\nSecond page here. It is short too.\n\nThird page."
    document = Document("m.pdf", "Manual", text, "pdf", page_starts=(0, 31, 68))
    retrieval = setting(returns="window:1", splitter="sentence", top_k=1)
    hits = [h for h in ranked([document], retrieval) if "Third" in h.chunk.text]
    [passage] = select(hits, retrieval, texts_of([document], tmp_path)).passages
    assert passage.chunk.page == document.page_at(passage.chunk.start) != hits[0].chunk.page
    assert passage.chunk.title == "Manual"


def test_a_least_score_may_leave_nothing_and_says_so(tmp_path: Path) -> None:
    documents = documents_of([SECTIONS])
    hits = ranked(documents, setting())
    some = select(hits, setting(min_score=0.5), texts_of(documents, tmp_path))
    assert [p.score for p in some.passages] == [1.0, 0.5] and some.flags == ()
    none = select(hits, setting(min_score=2), texts_of(documents, tmp_path))
    assert none == Selection((), (NONE_GOOD_ENOUGH,))
    assert select([], setting(min_score=2), texts_of(documents, tmp_path)) == Selection(())


def test_a_score_counts_as_it_is_stored(tmp_path: Path) -> None:
    documents = documents_of([SECTIONS])
    [hit] = ranked(documents, setting())[:1]
    found = [Hit(hit.chunk, 0.29999999)]
    assert select(found, setting(min_score=0.3), texts_of(documents, tmp_path)).passages


POLICY = "Goods can be returned within {days} days of delivery, in their own box, with the receipt. Send them to {city}."


def copies_setting(**fields: Any) -> Retrieval:
    return setting(near_duplicates="drop", chunk_tokens=64, splitter="sentence", **fields)


def test_a_near_duplicate_makes_way_for_the_next_and_other_numbers_are_none(tmp_path: Path) -> None:
    texts = [POLICY.format(days=30, city="Delft"), POLICY.format(days=14, city="Delft"),
             POLICY.format(days=30, city="Delft").replace("Goods", "Items"), "Heaters are collected for free."]  # fmt: skip
    documents = documents_of(texts)
    hits = ranked(documents, copies_setting())
    given = select(hits, copies_setting(top_k=3), texts_of(documents, tmp_path)).passages
    assert [p.chunk.document for p in given] == ["d0.md", "d1.md", "d3.md"]
    assert [c.document for c in given[0].copies] == ["d2.md"]
    kept = select(hits, setting(chunk_tokens=64, splitter="sentence", top_k=3), texts_of(documents, tmp_path))
    assert [p.chunk.document for p in kept.passages] == ["d0.md", "d1.md", "d2.md"]


@pytest.mark.parametrize("text", ["", "Short.", "仓库从八点到十七点开放请在入口处用现金付款", "?!"])
def test_equal_texts_of_any_script_and_length_are_near_duplicates(text: str, tmp_path: Path) -> None:
    chunks = [Chunk(f"d{n}.md", "D", 0, len(text), text, 1) for n in range(2)]
    other = Chunk(
        "d2.md", "D", 0, 9, "仓库十七点开放儿童免费每天收费五元" if "仓" in text else "Something else.", 1
    )
    hits = [Hit(chunk, 1.0) for chunk in (*chunks, other)]
    given = select(hits, copies_setting(), texts_of([], tmp_path)).passages
    assert [p.chunk.document for p in given] == ["d0.md", "d2.md"]


def test_evidence_in_a_copy_counts_where_its_words_stand_in_what_is_given(tmp_path: Path) -> None:
    texts = [POLICY.format(days=30, city="Delft"), "Old page.\n" + POLICY.format(days=30, city="Breda")]
    documents = documents_of(texts)
    hits = ranked(documents, copies_setting())
    given = select(hits, copies_setting(), texts_of(documents, tmp_path)).passages
    assert [p.chunk.document for p in given] == ["d0.md"] and given[0].copies

    def marked(quote: str) -> Evidence:
        start = texts[1].index(quote)
        return Evidence("d1.md", start, start + len(quote))

    [piece] = with_copies([marked("within 30 days of delivery")], given)
    [there] = piece.alternatives
    assert texts[0][there.start : there.end] == "within 30 days of delivery" and there.document == "d0.md"
    differs = marked("Send them to Breda.")  # the copy that is given says another city
    assert with_copies([differs], given) == (differs,)
    [whole] = with_copies([Evidence("d1.md", 0, 0, whole=True)], given)
    assert whole.is_touched_by("d0.md", given[0].chunk.start, given[0].chunk.end)
    assert with_copies([differs], select(hits, setting(), texts_of(documents, tmp_path)).passages) == (
        differs,
    )


def test_the_budget_drops_the_last_shrinks_one_to_what_fits_and_cuts_only_what_never_fits(
    tmp_path: Path,
) -> None:
    documents = documents_of([SECTIONS])
    corpus = texts_of(documents, tmp_path)
    hits = ranked(documents, setting(), [3, 14])

    def given(**fields: Any) -> list[tuple[int, int]]:
        return [
            (p.chunk.start, p.chunk.end) for p in select(hits, setting(top_k=2, **fields), corpus).passages
        ]

    window = given(returns="window:1")
    first, second = ((h.chunk.start, h.chunk.end) for h in hits[:2])
    tokens = [p.chunk.tokens for p in select(hits, setting(top_k=2, returns="window:1"), corpus).passages]
    assert len(window) == 2 and given(returns="window:1", passage_tokens=sum(tokens)) == window
    shrunk = given(returns="window:1", passage_tokens=sum(tokens) - 1)
    assert shrunk[0] == window[0] and window[1] != shrunk[1] != second
    assert window[1][0] <= shrunk[1][0] <= second[0] and second[1] <= shrunk[1][1] <= window[1][1]
    assert given(returns="window:1", passage_tokens=tokens[0]) == [window[0]]
    [(start, end)] = given(returns="window:1", passage_tokens=tokens[0] - 1)
    assert (start, end) != window[0] and window[0][0] <= start <= first[0] and first[1] <= end <= window[0][1]
    [cut] = select(hits, setting(chunk_tokens=16, passage_tokens=16), corpus).passages
    assert cut.chunk.tokens <= 16 and SECTIONS[cut.chunk.start : cut.chunk.end] == cut.chunk.text


def test_a_huge_document_and_an_empty_one(tmp_path: Path) -> None:
    documents = documents_of([SECTIONS * 200, ""])
    for returns in RETURNS:
        retrieval = setting(returns=returns, splitter="sentence")
        hits = ranked(documents, retrieval, range(0, 5000, 100))
        check(select(hits, retrieval, texts_of(documents, tmp_path)), hits, retrieval, documents)


PIECES = [*"aé水\n \t", "tank ", "\n\n", "仓库从八点", "é́ ", "👨‍👩‍👧 ", "x" * 40, "|a|b|\n", "\u200b", "\u0301", "ไทยำ ",
          "\n\u0e33", " \u0e33", "한국어 ", "\r\n", "[MASK] ", "नमस्ते\n", "\u0600 1", "'s", "\ufeff"]  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=25).map("".join), st.data())
def test_the_tokens_of_a_part_are_those_of_the_whole_text(text: str, data: st.DataObject) -> None:
    start, end = sorted((data.draw(st.integers(0, len(text))), data.draw(st.integers(0, len(text)))))
    whole = [offset for offset in TokenOffsets.of(text).starts if start <= offset < end]
    assert token_starts_within(text, start, end) == whole


@settings(max_examples=40, deadline=None)
@given(
    texts=DOCUMENTS,
    splitter=st.sampled_from(SPLITTERS),
    overlap=st.sampled_from([0, 5, 12]),
    data=st.data(),
)
def test_the_tokens_of_chunks_add_up_to_those_of_any_part(
    texts: list[str], splitter: str, overlap: int, data: st.DataObject
) -> None:
    documents = documents_of(texts)
    document = data.draw(st.sampled_from(documents))
    length = len(document.text)
    start, end = sorted((data.draw(st.integers(0, length)), data.draw(st.integers(0, length))))
    with tempfile.TemporaryDirectory() as folder:
        cut = Texts(texts_of(documents, Path(folder)), Chunking(splitter, 16, overlap))
        assert cut.count(document.name, start, end) == TokenOffsets.of(document.text).count(start, end)


@pytest.mark.parametrize("returns", ["chunk", "window:1"])
def test_the_budget_counts_a_passages_table_header(returns: str, tmp_path: Path) -> None:
    documents = documents_of([SECTIONS])
    hits = [h for h in ranked(documents, setting(chunk_tokens=32)) if h.chunk.header][:2]
    corpus = texts_of(documents, tmp_path)

    def given(budget: int | None) -> list[Chunk]:
        retrieval = setting(chunk_tokens=32, returns=returns, passage_tokens=budget)
        return [p.chunk for p in select(hits, retrieval, corpus).passages]

    def shown(chunks: Sequence[Chunk]) -> int:
        return sum(chunk.tokens + len(TokenOffsets.of(chunk.header).starts) for chunk in chunks)

    plain = [hit.chunk for hit in hits]
    assert len(plain) == 2 and shown(plain) > sum(chunk.tokens for chunk in plain)
    assert given(shown(given(None))) == given(None)
    less = given(shown(plain) - 1)
    assert less != plain and shown(less) < shown(plain)
    [cut] = given(shown(plain[:1]) - 1)
    assert cut.text != plain[0].text and cut.header == plain[0].header and shown([cut]) < shown(plain[:1])
    best = Given(plain[0], 1.0, plain[0])
    bare = cut_to(best, 3, Texts(corpus, Chunking.of(setting(chunk_tokens=32)))).chunk
    assert (bare.header, bare.tokens) == ("", 3)  # too little for the header


def wrong(hits: Sequence[Hit], texts: Texts) -> list[Span]:
    return [(0, 10**9) for _ in hits]


def few(hits: Sequence[Hit], texts: Texts) -> list[Span]:
    return []


def failing(hits: Sequence[Hit], texts: Texts) -> list[Span]:
    raise KeyError("what")


WRONG, FEW, FAILING = (
    Returns(name="mine", label="Mine", help="", function=function) for function in (wrong, few, failing)
)


@pytest.mark.parametrize(
    ("name", "words"), [("WRONG", "must return one"), ("FEW", "must return one"), ("FAILING", "KeyError")]
)
def test_a_part_of_ones_own_that_returns_what_is_not_there_is_named(
    name: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(permission, "_settings", Settings(tmp_path, tmp_path, tmp_path, 0.1, "t"))
    permission.allow(own_code(f"{__name__}:{name}"))
    documents = documents_of([SECTIONS])
    retrieval = setting(returns=f"{__name__}:{name}")
    with pytest.raises(ProviderError, match=f"returns: .*{name}.*{words}"):
        select(ranked(documents, retrieval), retrieval, texts_of(documents, tmp_path))


def test_only_what_is_no_plain_cut_has_a_ranking_of_its_own() -> None:
    keys = ["a", "b"]
    assert fingerprints.selections(keys, setting(top_k=3)) == keys
    changed = [{"returns": "window:1"}, {"returns": "window:2"}, {"returns": "window:1", "top_k": 2},
               {"min_score": 0.1}, {"near_duplicates": "drop"}, {"passage_tokens": 99}]  # fmt: skip
    own = [tuple(fingerprints.selections(keys, setting(**fields))) for fields in changed]
    assert len(set(own)) == len(changed) and all(set(pair).isdisjoint(keys) for pair in own)
    assert fingerprints.group(setting(**changed[0])) == fingerprints.group(setting())


def test_settings_that_give_the_same_are_the_same() -> None:
    for returns in ("parent:16", "merged(tokens=16)"):
        assert setting(returns=returns).canonical() == setting()
        assert setting(returns=returns, chunk_tokens=15 + 1).cuts_only is False
    assert setting(returns="parent:17").canonical().returns == "parent:17"
    assert setting(near_duplicates="drop", top_k=1).canonical() == setting(top_k=1)
    assert (
        setting(returns="window").returns == "window:1"
        and setting(returns={"parent": {"tokens": 64}}).returns == "parent:64"
    )


def test_the_tokens_of_passages_are_counted_for_prices_and_room() -> None:
    assert setting(top_k=4).tokens_of_passages == 64
    assert setting(top_k=4, returns="window:2").tokens_of_passages == 4 * 5 * 16
    assert setting(top_k=4, returns="parent:512").tokens_of_passages == 4 * 528
    assert setting(top_k=4, returns="parent:512", passage_tokens=600).tokens_of_passages == 600
    assert setting(top_k=4, returns="merged").tokens_per_passage == 32
