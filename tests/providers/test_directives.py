"""Tests what the extractive answerer reads from instructions.
Knows nothing about passages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.providers.embedded.directives import DEFAULT_REFUSAL, DIRECTIVES, Directives, read_directives


@pytest.mark.parametrize(
    "text, sentences",
    [
        ("Answer in one sentence.", 1),
        ("Answer in a single short sentence.", 1),
        ("Use at most 3 sentences.", 3),
        ("no more than four clear sentences", 4),
        ("in two to three sentences", 3),
        ("in 1-2 sentences", 2),
        ("Reply in a sentence.", 1),
        ("Answer briefly.", 1),
        ("Be concise.", 1),
        ("Give a detailed answer.", 4),
        ("A detailed answer in 2 sentences", 2),
        ("Answer the question.", 2),
        ("Cite after each sentence.", 2),
        ("Do not be brief.", 2),
        ("Use 50 sentences", 10),
    ],
)
def test_number_of_sentences(text: str, sentences: int) -> None:
    assert read_directives(text).sentences == sentences


@pytest.mark.parametrize(
    "text, refusal",
    [
        ('If the passages do not contain the answer, reply "I don\'t know."', "I don't know."),
        ("If the answer is not there, say exactly: 'I don't know' and stop.", "I don't know"),
        ("If the documents do not answer, decline with the sentence: reply “Not here.”", "Not here."),
        ("If you cannot answer from the documents, answer with: NOT FOUND", "NOT FOUND"),
        ("If the answer isn't there, reply: I don't know.", "I don't know."),
        ("Say you don't know when unsure.", DEFAULT_REFUSAL),
        ("If the passages don't answer it, say so.", DEFAULT_REFUSAL),
        ("Decline when the documents are silent.", DEFAULT_REFUSAL),
    ],
)
def test_declining(text: str, refusal: str) -> None:
    read = read_directives(text)
    assert (read.decline, read.refusal) == (True, refusal)


@pytest.mark.parametrize(
    "text",
    ["Answer the question.", "Always answer.", "Never say that you don't know.", "Do not make things up."],
)
def test_not_declining(text: str) -> None:
    assert read_directives(text).decline is False


@pytest.mark.parametrize(
    "text, cite",
    [
        ("Cite the passages.", True),
        ("Add citations like [1].", True),
        ("mark each with [n]", True),
        ("Do not cite.", False),
        ("no citations", False),
        ("Answer without any citations.", False),
        ("Which cities?", False),
    ],
)
def test_citing(text: str, cite: bool) -> None:
    assert read_directives(text).cite is cite


def test_short_and_quote() -> None:
    assert read_directives("Use as few words as possible.").short
    assert read_directives("Reply with only the answer.").short
    assert not read_directives("Use only the passages.").short
    assert read_directives("Quote the documents verbatim.").quote
    assert not read_directives("Do not quote.").quote


def test_what_is_not_supported_is_ignored() -> None:
    assert read_directives("Answer in French, as a pirate, in JSON.") == Directives()


def test_the_help_names_every_directive() -> None:
    for word in ("sentence", "cite", "decline", "short", "quote"):
        assert word in DIRECTIVES


@given(st.text(max_size=300))
def test_never_raises(text: str) -> None:
    assert 1 <= read_directives(text).sentences <= 10
