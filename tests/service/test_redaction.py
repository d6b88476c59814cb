"""No personal data that the finder finds is left in what is stored, wherever it stands."""

from __future__ import annotations

import json
from dataclasses import asdict

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.service.test_request_log import served
from workbench.corpus.types import Turn
from workbench.scoring.personal_data import LONGEST, find_personal_data
from workbench.service.redaction import redact, redact_request, without_texts
from workbench.service.request_log import redact_requests
from workbench.store.serving.records import ServedScore

PIECES = st.sampled_from(
    [
        "ann.miller@example.org", "o'brien+x@mail.example.co.uk", "(415) 555-2671", "+44 20 7946 0958",
        "4111 1111 1111 1111", "378282246310005", "DE89 3704 0044 0532 0130 00", "NL91ABNA0417164300",
        "call 4155552671", "tel", " ", "-", ".", "\n", "1688-1690", "order 123456789", "é", "█", "@", "a",
    ]
)  # fmt: skip
TEXTS = st.lists(PIECES | st.text(max_size=8), max_size=12).map("".join)


@given(TEXTS)
@settings(max_examples=150)
@example("4111 1111 1111 11114155552671 call (415) 555-2671@example.org")
def test_nothing_is_found_in_a_redacted_text(text: str) -> None:
    redacted = redact(text)
    assert find_personal_data(redacted) == []
    assert len(redacted) == len(text)
    if not find_personal_data(text):
        assert redacted == text


@given(TEXTS, TEXTS, TEXTS)
@settings(max_examples=40)
def test_nothing_is_found_in_any_text_of_a_stored_request(question: str, answer: str, other: str) -> None:
    request = served(
        "r1", question=question, answer=answer, history=(Turn("user", other),), filter={other: [answer]},
        error=other, texts="redacted", passages=(),
        scores=(ServedScore("x", 1.0, "ok", other, {"claims": [{other: answer}]}),),
    )  # fmt: skip
    [stored] = redact_requests([request])
    assert [item for text in texts_of(asdict(stored)) for item in find_personal_data(text)] == []
    bare = json.dumps(asdict(without_texts(request)))
    for text in (question, answer, other):
        assert len(text) < 12 or json.dumps(text)[1:-1] not in bare


def texts_of(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for pair in value.items() for inner in pair for text in texts_of(inner)]
    return [text for inner in value for text in texts_of(inner)] if isinstance(value, list | tuple) else []


def test_the_end_of_a_long_text_is_read_too() -> None:
    for before in (LONGEST - 10, LONGEST - 500, 3 * LONGEST):
        text = "x " * (before // 2) + "ann@example.org and more"
        assert "ann@" not in redact(text)


def test_passages_stay_as_they_are_in_the_documents() -> None:
    request = served("r1")
    assert redact_request(request).passages == request.passages
