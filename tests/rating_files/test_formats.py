"""Ratings as Open WebUI, Langfuse and Phoenix export them.
Knows nothing about the store."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from workbench.corpus.types import Turn
from workbench.errors import InputError
from workbench.rating_files.import_ratings import import_ratings
from workbench.rating_files.reading import read_ratings, read_ratings_bytes
from workbench.rating_files.types import ReadRatings
from workbench.store.database import open_store
from workbench.store.ratings import list_ratings
from workbench.traces.import_requests import import_requests
from workbench.traces.types import ImportedRequest

MESSAGES = {
    "1": {"id": "1", "parentId": None, "role": "user", "content": "What boats are there?"},
    "2": {"id": "2", "parentId": "1", "role": "assistant", "content": "Rowing boats."},
    "3": {"id": "3", "parentId": "2", "role": "user", "content": "What do they cost?"},
    "4": {"id": "4", "parentId": "3", "role": "assistant", "content": "<think>hm</think>14 euros.",
          "sources": [{"source": {"name": "hire.md"}, "document": ["A boat costs 14 euros."],
                       "metadata": [{"source": "hire.md"}], "distances": [0.9]}]},
}  # fmt: skip


def feedback(rating: Any = -1, message: str = "4", **data: Any) -> dict[str, Any]:
    return {
        "id": "f1", "user_id": "u1", "version": 0, "type": "rating",
        "data": {"rating": rating, "model_id": "m", **data},
        "meta": {"chat_id": "c", "message_id": message},
        "snapshot": {"chat": {"title": "x", "chat": {"history": {"messages": MESSAGES}}}},
        "created_at": 1_764_000_000, "updated_at": 1_764_000_100,
    }  # fmt: skip


def read(value: Any, name: str = "file.json", **options: Any) -> ReadRatings:
    return read_ratings_bytes(name, json.dumps(value).encode(), **options)


def test_open_webui_gives_the_thumb_with_its_chat_its_sources_and_its_reason() -> None:
    found = read([feedback(reason="too_verbose", comment="Just the price.", details={"rating": 3})])
    assert found.format == "open-webui" and not found.problems
    [rating] = found.ratings
    assert (rating.question, rating.answer) == ("What do they cost?", "14 euros.")
    assert rating.history == (Turn("user", "What boats are there?"), Turn("assistant", "Rowing boats."))
    assert [(p.document, p.text) for p in rating.passages] == [("hire.md", "A boat costs 14 euros.")]
    assert (rating.value, rating.stars, rating.tags) == (-1, 2, ("too-long",))
    assert (rating.comment, rating.user, rating.given_at) == ("Just the price.", "u1", 1_764_000_100)


@pytest.mark.parametrize(
    ("rating", "of_ten", "stars"),
    [(1, 6, 4), (1, 10, 5), (-1, 5, 3), (-1, 1, 1), (1, 3, None), (-1, "x", None)],
)
def test_open_webuis_scale_to_ten_agrees_with_its_thumb(rating: int, of_ten: Any, stars: int | None) -> None:
    [found] = read([feedback(rating, details={"rating": of_ten})]).ratings
    assert (found.value, found.stars) == (rating, stars)


def test_a_reason_that_is_none_of_ours_stands_in_the_comment() -> None:
    [found] = read([feedback(reason="refused_when_it_shouldnt_have", comment="It is on page 2.")]).ratings
    assert found.tags == () and found.comment == "refused when it shouldnt have: It is on page 2."


def test_open_webuis_draws_and_lost_chats_are_left_out_by_row() -> None:
    broken = feedback() | {"snapshot": None}
    found = read([feedback(0), feedback(message="9"), broken, feedback(message="1"), feedback(1)])
    assert len(found.ratings) == 1
    assert [(p.row, p.what.split(";")[0]) for p in found.problems] == [
        (1, "it has no thumb"), (2, "the message that was rated is not in its chat"),
        (3, "it has no snapshot of the chat"), (4, "its chat has no question or no reply"),
    ]  # fmt: skip


TRACE = {
    "id": "t1", "timestamp": "2026-11-01T12:00:00Z", "userId": "u7", "latency": 1.0,
    "input": {"question": "What do they cost?"}, "output": {"answer": "14 euros."}, "observations": [],
}  # fmt: skip


def score(value: Any, *, name: str = "quality", source: str = "ANNOTATION", **fields: Any) -> dict[str, Any]:
    return {"id": "s", "traceId": "t1", "name": name, "source": source, "value": value,
            "dataType": "NUMERIC", "authorUserId": "a1", "updatedAt": "2026-11-02T00:00:00Z"} | fields  # fmt: skip


def test_langfuses_traces_give_what_people_scored_and_nothing_that_models_did() -> None:
    scores = [score(1, comment="right"), score(0, name="user-feedback", source="API", authorUserId=None),
              score(0.3, name="faithfulness", source="EVAL"), score(0.5, name="thumb")]  # fmt: skip
    found = read([TRACE | {"scores": scores}])
    assert found.format == "langfuse"
    assert [(r.value, r.user, r.answer) for r in found.ratings] == [
        (1, "a1", "14 euros."), (-1, "u7", "14 euros."),
    ]  # fmt: skip
    assert "'thumb' is neither a thumb nor stars" in found.problems[0].what


def test_langfuses_whole_numbers_to_five_are_stars() -> None:
    found = read([TRACE | {"scores": [score(n, authorUserId=f"a{n}") for n in (1, 3, 5)]}])
    assert [(r.stars, r.value) for r in found.ratings] == [(1, -1), (3, -1), (5, 1)]


def test_scores_alone_are_matched_by_their_trace(tmp_path: Path) -> None:
    store = open_store(tmp_path / "workbench.db")
    request = ImportedRequest("t1", "What do they cost?", "14 euros.", 1_000.0)
    found = read({"data": [score(1), score(1, traceId="t9")], "meta": {}})
    assert found.format == "langfuse"
    import_requests(store, "desk", [request], hash_user=str, now=1.0)
    done = import_ratings(store, found.ratings, hash_user=str, now=2.0)
    assert (done.matched, done.kept) == (1, 0)
    assert "trace 't9' is neither in the file nor" in done.problems[0].what
    [rating] = list_ratings(store)
    assert (rating.answer, rating.rater, rating.source) == ("14 euros.", "user:a1", "langfuse")


SPANS = [
    {"context.trace_id": "t1", "context.span_id": "S1", "parent_id": "", "span_kind": "CHAIN", "name": "q",
     "start_time": "2026-11-01T12:00:00Z", "end_time": "2026-11-01T12:00:01Z",
     "attributes": {"input": {"value": "What do they cost?"}, "output": {"value": "14 euros."}}},
]  # fmt: skip


def annotation(kind: str = "HUMAN", **result: Any) -> dict[str, Any]:
    return {"id": "x", "name": "helpful", "annotator_kind": kind, "span_id": "s1", "result": result,
            "user_id": "p1", "updated_at": "2026-11-02T00:00:00Z", "identifier": "", "metadata": {}}  # fmt: skip


def test_phoenixs_annotations_take_their_texts_from_the_spans(tmp_path: Path) -> None:
    spans, notes = tmp_path / "spans.json", tmp_path / "annotations.json"
    spans.write_text(json.dumps(SPANS))
    given = [annotation(label="thumbs-down", explanation="Too dear."), annotation("LLM", label="correct"),
             annotation(explanation="a note"), annotation(score=0.4)]  # fmt: skip
    notes.write_text(json.dumps({"data": given, "next_cursor": None}))
    found = read_ratings(notes, traces=spans)
    assert found.format == "phoenix"
    [rating] = found.ratings
    assert (rating.question, rating.answer, rating.value) == ("What do they cost?", "14 euros.", -1)
    assert (rating.comment, rating.user) == ("Too dear.", "p1")
    assert [p.what.split(";")[0] for p in found.problems] == [
        "the annotation 'helpful' is neither a thumb nor stars"
    ]
    [alone] = read_ratings(notes).ratings
    assert (alone.answer, alone.trace) == ("", "s1")


def test_phoenixs_annotated_examples_and_data_frames_are_read() -> None:
    example = {"input": {"question": "Q?"}, "output": {"answer": "A."},
               "metadata": {"annotations": {"good": [{"label": "positive", "annotator_kind": "HUMAN"}]}}}  # fmt: skip
    [rating] = read([example]).ratings
    assert (rating.question, rating.answer, rating.value, rating.trace) == ("Q?", "A.", 1, "")
    frame = b"span_id,annotation_name,annotator_kind,result.label,result.score\ns1,stars,HUMAN,,4\ns2,stars,HUMAN,,2\n"
    found = read_ratings_bytes("annotations.csv", frame)
    assert [(r.stars, r.value, r.trace) for r in found.ratings] == [(4, 1, "s1"), (2, -1, "s2")]


def test_a_format_can_be_forced_and_an_unknown_one_is_named() -> None:
    rows = [{"question": "Q?", "answer": "A.", "rating": "up"}]
    assert read(rows, form="jsonl").ratings[0].value == 1
    with pytest.raises(InputError, match="no format 'openwebui'"):
        read(rows, form="openwebui")
    with pytest.raises(InputError, match="no ratings in the format"):
        read(rows, form="langfuse")
