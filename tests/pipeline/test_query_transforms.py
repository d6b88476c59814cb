"""Every query transform: what is searched for, whatever the model replies, what it costs, and how keys tell.
Knows nothing about experiments. Follow-up questions: test_follow_ups.py."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.pipeline.test_ranking import CHAT, EMBEDDING, FakeAsker, documents, rank
from workbench.corpus.types import AskedQuestion, Turn
from workbench.errors import ExperimentError, ProviderError
from workbench.parts.part import QueryTransform
from workbench.parts.registry import parts_of
from workbench.pipeline import fingerprints
from workbench.pipeline.asker import EmbeddedTexts, Reply
from workbench.pipeline.caches import Caches
from workbench.pipeline.corpus_opener import CorpusOpener
from workbench.pipeline.query_history import with_history
from workbench.pipeline.query_list import read_queries
from workbench.pipeline.ranking import rank_questions
from workbench.pipeline.search_texts import SearchText, transform_questions
from workbench.pipeline.stage_keys import StageKeys
from workbench.pipeline.types import CANDIDATES, Ranking
from workbench.providers.types import ChatRequest, Usage
from workbench.space.model import Model
from workbench.space.retrieval import Retrieval

QUESTION = "What does the label cost, and who collects heaters?"
TURNS = (Turn("user", "How do I return a parcel?"), Turn("assistant", "Bring it to a shop."))
FOLLOW_UP = AskedQuestion("And by post?", TURNS)
SECOND = Model(name="other", kind="embedding", base_url="http://127.0.0.1:9/v1", model="n")
ASKING = [name for name, part in parts_of(QueryTransform).items() if part.calls]
OF_TEXTS = ("several", "decompose", "step_back")


class Replies:
    """Replies with one text."""

    def __init__(self, reply: str) -> None:
        self.reply = reply
        self.asked: list[tuple[str, str]] = []

    async def ask(self, model: Model, request: ChatRequest, *, kind: Any, **_: Any) -> Reply:
        self.asked.append((kind, request.messages[-1].content))
        return Reply(self.reply, Usage(), 0.5, 2.0)


def searched_for(
    query: str, reply: str, question: str | AskedQuestion = QUESTION, asker: Replies | None = None
) -> SearchText:
    retrieval = Retrieval(retriever="keyword", query=query, query_model=CHAT).canonical()
    [found] = asyncio.run(transform_questions(retrieval, [question], asker or Replies(reply)))  # type: ignore[arg-type]
    assert isinstance(found, SearchText)
    return found


TWO = ["What does the label cost?", "Who collects heaters?"]


@pytest.mark.parametrize(
    "reply",
    [
        "What does the label cost?\nWho collects heaters?",
        "1. What does the label cost?\n2. Who collects heaters?",
        "1) “What does the label cost?”\n\n2) “Who collects heaters?”",
        "[1] What does the label cost?\n[2] Who collects heaters?",
        "- What does the label cost?\n- Who collects heaters?",
        "* **What does the label cost?**\n* **Who collects heaters?**",
        "Sure! Here are the questions:\n\n• What does the label cost?\n• Who collects heaters?\n\nDoes it help?",
        "**Question 1:** What does the label cost?\n**Question 2:** Who collects heaters?",
        "Sub-question 1: What does the label cost?\nSub-question 2: Who collects heaters?",
        "(a) What does the label cost?\n(b) Who collects heaters?",
        "What does the label cost? Who collects heaters?",
        "1. What does the label cost? 2. Who collects heaters?",
        '["What does the label cost?", "Who collects heaters?"]',
        '```json\n{"questions": ["What does the label cost?", "Who collects heaters?"]}\n```',
        'Here: {"queries": [{"query": "What does the label cost?"}, {"query": "Who collects heaters?"}]}',
        '{"1": "What does the label cost?", "2": "Who collects heaters?"}',
        "What does the label cost?\nWhat does the label cost ?\nWho collects heaters?",
        "The question asks two things.\nWhat does the label cost?\nWho collects heaters?",
        f"{QUESTION}\nWhat does the label cost?\nWho collects heaters?",
    ],
)
def test_the_parts_are_read_out_of_a_list_however_it_is_written(reply: str) -> None:
    found = searched_for("decompose", reply)
    assert found == SearchText(QUESTION, tuple(TWO), 2.0, 0.5)


def test_search_words_are_a_list_too_and_languages_keep_their_signs() -> None:
    assert read_queries("label price\nheater pick-up service", 5, "?") == [
        "label price",
        "heater pick-up service",
    ]
    assert read_queries("1. 标签多少钱？\n2. 谁来取暖器？", 5, "?") == ["标签多少钱？", "谁来取暖器？"]
    assert read_queries("¿Cuánto cuesta?\n¿Quién recoge?", 5, "?") == ["¿Cuánto cuesta?", "¿Quién recoge?"]
    assert read_queries("3.5 mm plug: which?\nIs 2.4 GHz enough?", 5, "?")[1] == "Is 2.4 GHz enough?"
    assert read_queries("- a?\n- b?\n- c?", 2, "?") == ["a?", "b?"]


ODD = [
    "", "   \n\t", "1.", "- \n- \n", "?", "???\n!!!", "[]", "{}", "null", "[1, 2]", '{"questions": []}', "[" * 5_000,
    "9" * 5_000, '{"a": ' * 2_000, "I'm sorry, but I can't help with that.", "As an AI language model, I cannot.",
    "The label costs 5 euros.", "The label costs 5 euros. Heaters are collected by two people.",
    "Parcels can be returned. " * 4_000, "Why? " + "x" * 50_000, "- " + "y" * 700 + "?", "Questions:", "\x00\u202e\ufeff",
]  # fmt: skip


@pytest.mark.parametrize("query", OF_TEXTS)
@pytest.mark.parametrize("reply", ODD, ids=range(len(ODD)))
def test_a_reply_that_cannot_be_used_leaves_the_question_and_a_flag(query: str, reply: str) -> None:
    found = searched_for(query, reply)
    if found.flags:
        assert found.texts == (QUESTION,) and found.flags == ("query_failed", "query_nonsense")
    else:  # one question among pages of text
        assert reply.startswith("Why? ") and all(len(text) <= 600 for text in found.texts)
    assert found.cost_usd == 0.5 and found.question == QUESTION


@pytest.mark.parametrize("query", [f"{name}" for name in ASKING])
@given(
    reply=st.one_of(
        st.text(), st.lists(st.text(max_size=20)).map("\n- ".join), st.lists(st.text()).map(json.dumps)
    )
)
def test_whatever_is_replied_a_question_is_searched_for_by_as_many_texts_as_are_planned(
    query: str, reply: str
) -> None:
    part = parts_of(QueryTransform)[query]
    found = searched_for(query, reply)
    assert 1 <= len(found.texts) <= part.most_texts(part.settings())
    assert len(set(found.texts)) == len(found.texts) and all(text.strip() for text in found.texts)
    assert found == searched_for(query, reply)


def test_the_question_itself_counts_among_several_wordings_and_beside_a_more_general_one() -> None:
    reply = (
        "Price of a label and pick-up of heaters?\nWhat is the label's price?\nWho fetches heaters?\nMore?"
    )
    assert searched_for("several", reply).texts == (QUESTION, *reply.splitlines()[:3])
    assert searched_for("several(queries=1)", reply).texts == (QUESTION, reply.splitlines()[0])
    assert searched_for("step_back", "**How are returns handled?**").texts == (
        QUESTION,
        "How are returns handled?",
    )


@pytest.mark.parametrize("query", ["several", "step_back"])
def test_a_model_that_repeats_the_question_has_not_helped(query: str) -> None:
    assert searched_for(query, f"1. {QUESTION.upper()}").flags == ("query_failed", "query_nonsense")


def test_a_simple_question_stays_one_and_is_searched_for_as_it_was_asked() -> None:
    for reply in ("who founded the company", "Who founded the company?", "- Who founded the firm?"):
        found = searched_for("decompose", reply, "Who founded the company?")
        assert found.texts == ("Who founded the company?",) and not found.flags
    assert not searched_for("decompose", "return label cost", "return label cost").flags


@pytest.mark.parametrize("query", OF_TEXTS)
def test_a_follow_up_question_is_read_within_its_conversation(query: str) -> None:
    asker = Replies("How do I return a parcel by post?\nWhat does the post take?")
    found = searched_for(query, "", FOLLOW_UP, asker)
    [(kind, sent)] = asker.asked
    assert kind == "query" and "User: How do I return a parcel?" in sent and "Question: And by post?" in sent
    own = () if query == "decompose" else (with_history("And by post?", TURNS),)
    assert found.texts[: len(own)] == own and found.question == "And by post?"
    assert found.texts[len(own)] == "How do I return a parcel by post?"
    asker.asked.clear()
    searched_for(query, "", "And by post?", asker)
    assert "Conversation" not in asker.asked[0][1]


def test_a_simple_follow_up_question_is_searched_for_as_what_it_stands_for() -> None:
    meant = "How do I return a parcel by post?"
    assert searched_for("decompose", meant, FOLLOW_UP).texts == (meant,)


@pytest.mark.parametrize("query", OF_TEXTS)
def test_the_embedded_answerer_cannot_write_queries(query: str) -> None:
    with pytest.raises(ExperimentError, match="needs a query_model that writes") as caught:
        Retrieval(query=query, query_model=Model(name="embedded/extractive"))
    assert "query: plain" in str(caught.value.hint)


class Writer(FakeAsker):
    """Replies with three questions; counts the texts of each embedding call."""

    def __init__(self, reply: str = "Which tank is it?\nWhich valve is it?\nWhich label is it?") -> None:
        super().__init__(reply)
        self.embedded: dict[str, list[str]] = {}

    async def embed(self, model: Model, texts: Any, *, kind: Any, kept: Any = None) -> EmbeddedTexts:
        if kind == "embed_query":
            self.embedded.setdefault(model.name, []).extend(texts)
        rows = [[text.count(letter) + 0.1 for letter in "abcdefgh"] for text in texts]
        if model.name == "other":
            rows = [[*row, *row[::-1]] for row in rows]
        return EmbeddedTexts(np.array(rows, dtype=np.float32), 0.0, 0.0)


@pytest.mark.parametrize("query", parts_of(QueryTransform))
@pytest.mark.parametrize("retriever", ["keyword", "dense", "hybrid"])
def test_a_transform_gives_a_ranking_of_each_chunk_once_and_the_same_again(
    tmp_path: Path, query: str, retriever: str
) -> None:
    given = {"retriever": retriever, "query": query, "query_model": CHAT, "embedding": EMBEDDING}
    rankings = rank(tmp_path, Writer(), **given)
    for ranking in rankings:
        assert isinstance(ranking, Ranking) and 0 < len(ranking.hits) <= CANDIDATES
        assert len({hit.chunk.id for hit in ranking.hits}) == len(ranking.hits)
    hits = [r.hits for r in rankings if isinstance(r, Ranking)]
    again = rank(tmp_path / "again", Writer(), **given)
    assert hits == [r.hits for r in again if isinstance(r, Ranking)]


def test_each_part_of_a_question_keeps_a_first_place(tmp_path: Path) -> None:
    asker = Writer()
    rankings = rank(tmp_path, asker, retriever="keyword", query="decompose", query_model=CHAT)
    alone = rank(tmp_path, FakeAsker(), retriever="keyword")
    firsts = {alone[n].hits[0].chunk.id for n in (0, 1, 3)}  # valve, tank, label
    for ranking in rankings[4:]:  # the first ones are themselves among the parts
        assert isinstance(ranking, Ranking)
        assert firsts <= {hit.chunk.id for hit in ranking.hits[:3]}


def test_every_text_is_embedded_and_paid_for_and_one_request_holds_them_all(tmp_path: Path) -> None:
    asker = Writer()
    given = {"embedding": EMBEDDING, "retriever": "dense", "query": "several", "query_model": CHAT}
    rankings = rank(tmp_path, asker, **given)
    for number, ranking in enumerate(rankings):
        assert isinstance(ranking, Ranking)
        texts = 4 if number not in (0, 1, 3) else 3  # whose question is among the wordings
        assert ranking.cost_usd == pytest.approx(0.5 + texts * 0.25)
        assert 2.0 + texts * 1.0 <= ranking.seconds < 2.5 + texts * 1.0
    assert len(asker.embedded["served"]) == 12  # distinct texts, in one batch


def test_two_embeddings_are_asked_and_paid_for_and_the_reranker_compares_the_first(tmp_path: Path) -> None:
    asker = Writer()
    given: dict[str, Any] = {"embedding": EMBEDDING, "second_embedding": SECOND, "retriever": "hybrid"}
    rankings = rank(tmp_path, asker, rerank="mmr", **given)
    assert all(isinstance(r, Ranking) and r.cost_usd == pytest.approx(0.5) for r in rankings)
    assert set(asker.embedded) == {"served", "other"}
    assert [len(texts) for texts in asker.embedded.values()] == [12, 12]


def test_a_server_that_sends_other_dimensions_for_a_second_embedding_is_noticed(tmp_path: Path) -> None:
    class Changed(Writer):
        async def embed(self, model: Model, texts: Any, *, kind: Any, kept: Any = None) -> EmbeddedTexts:
            made = await super().embed(model, texts, kind=kind, kept=kept)
            cut = model.name == "other" and kind == "embed_query"
            return EmbeddedTexts(made.vectors[:, :5] if cut else made.vectors, 0.0, 0.0)

    with pytest.raises(ProviderError, match="other returned vectors of 5 dimensions"):
        rank(tmp_path, Changed(), embedding=EMBEDDING, second_embedding=SECOND, retriever="dense")


def test_a_setting_with_two_embeddings_shares_the_indexes_of_those_with_one(tmp_path: Path) -> None:
    keys = StageKeys(documents())
    first, second = (Retrieval(embedding=model).canonical() for model in (EMBEDDING, SECOND))
    both = Retrieval(embedding=EMBEDDING, second_embedding=SECOND).canonical()
    assert keys.indexes(both) == (keys.index(first, EMBEDDING), keys.index(second, SECOND))
    names = [fingerprints.rankings("c", r, "exact", ["Q?"])[0] for r in (first, second, both)]
    turned = both.model_copy(update={"embedding": SECOND, "second_embedding": EMBEDDING})
    assert len({*names, fingerprints.rankings("c", turned, "exact", ["Q?"])[0]}) == 4


def test_an_opener_goes_from_one_embedding_to_two_and_back(tmp_path: Path) -> None:
    opener, asker = CorpusOpener(documents(), Caches(tmp_path / "c", tmp_path / "i")), Writer()
    found = []
    for second in (None, SECOND, None, SECOND):
        setting = Retrieval(
            chunk_tokens=16, chunk_overlap=0, retriever="dense", embedding=EMBEDDING, second_embedding=second
        )
        [ranking] = asyncio.run(rank_questions(opener, setting.canonical(), ["Which label?"], asker))
        assert isinstance(ranking, Ranking)
        found.append([hit.chunk.id for hit in ranking.hits])
    assert found[0] == found[2] and found[1] == found[3]
