"""Requests become drafts: which are found, what a draft says, and what is left out.
Knows nothing about pages."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.tiny_experiment import tiny  # noqa: F401  (fixture)
from workbench.corpus.draft_file import keep_drafts, read_drafts
from workbench.corpus.draft_types import SERVED
from workbench.corpus.kept_for_review import find_service as find_service_of
from workbench.corpus.types import Turn
from workbench.errors import CorpusError, InputError
from workbench.settings import Settings
from workbench.store.database import Store, open_store
from workbench.store.ratings import put_rating
from workbench.store.records import Rating
from workbench.store.serving.records import ServedRequest, ServedScore, Service
from workbench.store.serving.request_list import (
    RequestFilter,
    count_requests,
    find_parts,
    find_request_ids,
    list_requests,
)
from workbench.store.serving.requests import add_requests
from workbench.store.serving.services import put_service
from workbench.watch.faults import FAULTS
from workbench.watch.find_service import find_service
from workbench.watch.questions_from_requests import take_over, take_over_faulty
from workbench.watch.taken_words import taken_in_words

SERVICE = Service("s1", "support: concise", "winner", {"corpus": {"name": "tiny"}}, created_at=1.0)


def _request(name: str, question: str, **values: object) -> ServedRequest:
    scores = [ServedScore("grounding", values.pop("grounding", 0.9), "ok")]  # type: ignore[arg-type]
    detail = {"tags": values.pop("tags", []), "cluster": "c1"}
    scores.append(ServedScore("novelty", values.pop("novelty", 0.2), "ok", detail=detail))  # type: ignore[arg-type]
    given = {"answer": "Yes.", "asked_at": 100.0, "seen": name, "corpus_version": "v1"}
    return ServedRequest(name, "s1", question=question, scores=tuple(scores), **given | values)  # type: ignore[arg-type]


@pytest.fixture
def store(tiny: Settings) -> Store:  # noqa: F811
    store = open_store(tiny.database)
    put_service(store, SERVICE)
    asked = [
        _request("good", "May I return a heater?", tags=["returns"]),
        _request("unsupported", "Is the probe heated?", grounding=0.3, asked_at=200.0),
        _request("disliked", "Who pays the label?", asked_at=300.0, corpus_version="v2"),
        _request("new", "Do you rent heaters to Ada at ada@example.org?", novelty=0.99, asked_at=400.0),
        _request("declined", "Who is the owner?", refused=True, asked_at=500.0),
        _request("failed", "What confuses the probe?", state="failed", asked_at=600.0),
    ]
    with store.write() as session:
        add_requests(session, asked)
    put_rating(store, _thumb("disliked", -1, "The customer pays it."))
    return store


def _thumb(seen: str, value: int, better: str = "") -> Rating:
    return Rating(seen, "u1", value, "", "?", "Yes.", (), 0.0, better_answer=better)


def test_requests_are_found_by_what_is_wrong_with_them(store: Store) -> None:
    found = {
        fault: find_request_ids(store, RequestFilter("s1", **more), limit=9) for fault, more in FAULTS.items()
    }
    assert found == {
        "ungrounded": ["unsupported"], "disliked": ["disliked"], "novel": ["new"], "declined": ["declined"],
        "failed": ["failed"],
    }  # fmt: skip


def test_requests_are_found_by_time_words_tag_cluster_and_version(store: Store) -> None:
    def found(**more: object) -> list[str]:
        return find_request_ids(store, RequestFilter("s1", **more), limit=9)  # type: ignore[arg-type]

    assert found(since=500.0) == ["failed", "declined"]
    assert found(until=200.0) == ["good"]
    assert found(holds="PROBE") == ["failed", "unsupported"]
    assert found(holds="100%") == []
    assert found(tag="returns") == ["good"] and found(tag="return") == []
    assert len(found(cluster="c1")) == 6 and found(cluster="c2") == []
    assert found(corpus_version="v2") == ["disliked"]
    assert found(ids=("good", "new")) == ["new", "good"]
    assert count_requests(store, RequestFilter("s1")) == 6
    assert count_requests(store, RequestFilter("s2")) == 0
    assert find_parts(store, "s1") == {
        "tag": ["returns"], "cluster": ["c1"], "corpus_version": ["v1", "v2"], "served_model": [],
    }  # fmt: skip


def test_a_listed_request_says_what_became_of_it(store: Store) -> None:
    first, second = list_requests(store, RequestFilter("s1"), offset=3, limit=2)
    assert (first.id, first.downs, first.ups, first.grounding) == ("disliked", 1, 0, 0.9)
    assert (second.id, second.grounding, second.refused) == ("unsupported", 0.3, False)


def test_disliked_ungrounded_and_novel_requests_become_drafts(store: Store, tiny: Settings) -> None:  # noqa: F811
    taken = take_over_faulty(store, tiny, "s1", ())
    drafts = {one.draft.question: one for one in read_drafts(tiny.corpora / "tiny")}
    assert len(taken.waiting) == 3 == len(drafts)
    paid = drafts["Who pays the label?"].draft
    assert paid.answers == ("The customer pays it.",)
    assert paid.source_name == "support: concise: disliked"
    assert find_service_of(paid.source_name) == "support: concise"
    assert paid.as_row()["tags"] == [SERVED]
    assert (taken.with_reference, taken.personal_data) == (1, 1)
    rented = drafts["Do you rent heaters to Ada at ada@example.org?"]
    assert rented.review == "waiting" and not rented.draft.passes
    assert "an e-mail address" in rented.draft.checks["personal data"]
    assert "Personal data in" in taken_in_words(taken.to_json())[1]


def test_nothing_is_taken_over_twice(store: Store, tiny: Settings) -> None:  # noqa: F811
    path = tiny.corpora / "tiny"
    first = take_over(store, tiny, "s1", ["unsupported", "disliked"])
    keep_drafts(path, first.waiting[:1], [])
    nearly = replace(_request("again", "Is the probe heated ?"), asked_at=700.0)
    follow_up = _request(
        "and", "And by post?", history=(Turn("user", "May I return it?"), Turn("assistant", "Yes."))
    )
    in_corpus = _request("known", "what does the label COST?")
    blank = _request("blank", "", texts="none")
    with store.write() as session:
        add_requests(session, [nearly, follow_up, in_corpus, blank])
    taken = take_over(
        store, tiny, "s1", ["unsupported", "disliked", "again", "and", "known", "blank", "gone"]
    )
    assert (len(taken.waiting), taken.known, taken.without_text) == (1, 4, 1)
    assert read_drafts(path)[-1].draft.history == follow_up.history


def test_how_far_back_is_counted_from_now(store: Store, tiny: Settings) -> None:  # noqa: F811
    taken = take_over_faulty(store, tiny, "s1", ["ungrounded", "declined"], seconds=150.0, now=600.0)
    assert [one.draft.question for one in read_drafts(tiny.corpora / "tiny")] == ["Who is the owner?"]
    assert taken.to_json()["corpus"] == "tiny"


def test_a_sample_stays_as_it_is_and_an_unknown_corpus_is_asked_for(store: Store, tiny: Settings) -> None:  # noqa: F811
    (tiny.corpora / "tiny" / "sample.txt").write_text("A sample.")
    with pytest.raises(CorpusError, match="read-only"):
        take_over(store, tiny, "s1", ["disliked"])
    put_service(store, Service("s2", "our bot", "imported", None))
    with pytest.raises(InputError, match="not known which documents"):
        take_over(store, tiny, "s2", [])


def test_a_service_is_found_by_id_and_by_name(store: Store) -> None:
    put_service(store, Service("s2", "twice", "imported", None))
    put_service(store, Service("s3", "twice", "imported", None))
    assert find_service(store, "s1").id == find_service(store, "support: concise").id == "s1"
    with pytest.raises(InputError, match="2 services are called"):
        find_service(store, "twice")
    with pytest.raises(InputError, match="no service 's9'"):
        find_service(store, "s9")
