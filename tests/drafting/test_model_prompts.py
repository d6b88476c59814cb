"""The prompts of drafting: a changed one needs a new version, and none is longer than small models bear.
Knows nothing about replies."""

from __future__ import annotations

import hashlib

from workbench.corpus.draft_types import MODEL_KINDS
from workbench.corpus.sections import Place
from workbench.corpus.types import Document, Turn
from workbench.drafting.model import prompts
from workbench.drafting.model.excerpts import Excerpt
from workbench.drafting.model.tasks import PAIRS

TEXT = "The tank of the Tide holds two litres."
EXCERPT = Excerpt(
    Document("tide.md", "Tide", TEXT, "markdown"), Place(0, len(TEXT)), "Tide", "Tank", ("a", "b")
)
DIGESTS = {"1": "0c8c06"}
"""Version → the beginning of the hash of all prompts. A version that was used is never changed."""


def _drafting(kind: str) -> str:
    return prompts.draft_prompt(kind, [EXCERPT] * (2 if kind in PAIRS else 1))


def test_a_changed_prompt_has_a_new_version() -> None:
    texts = [_drafting(kind) for kind in MODEL_KINDS]
    texts.append(prompts.answer_prompt("How much?", [("Tide", TEXT)], [Turn("user", "Hello")]))
    texts += [prompts.closed_book_prompt("How much?"), prompts.rewording_prompt("How much?", "two litres", 2)]
    digest = hashlib.sha256("\0".join(texts).encode()).hexdigest()
    assert digest.startswith(DIGESTS[prompts.PROMPT_VERSION]), f"{digest[:4]}: raise PROMPT_VERSION"


def test_prompts_are_short_and_end_with_the_text_and_the_form_of_the_reply() -> None:
    for kind in MODEL_KINDS:
        prompt = _drafting(kind)
        assert len(prompt) - 2 * len(TEXT) < 1300
        assert prompt.index(TEXT) > prompt.index(prompts._ASKS_FOR[kind])
        assert prompt.split("\n\n")[-1].startswith("Reply with a JSON object alone")


def test_a_reply_that_copies_the_instructions_is_noticed() -> None:
    assert prompts.repeats_prompt("direct", 1, "Write in the language of the text.")
    assert not prompts.repeats_prompt("direct", 1, "How much does the tank hold?")
