"""Says why a proposed prompt cannot be used: placeholders that are gone, text copied from the train part.
Knows nothing about models or how a prompt was proposed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from workbench.errors import PromptError
from workbench.space.prompt import TOKEN, Prompt, check_template
from workbench.typography import comparable

COPIED_WORDS = 8
"""So many words in a row that a train question, reference or passage has, too, are a copy."""
FEWEST_COPIED_WORDS = 4
"""A question or reference with fewer words than `COPIED_WORDS`, but so many, is a copy as a whole."""
MOST_MORE_TOKENS = 1_000
"""A prompt may be so much longer than the first one."""
KEPT_VARIABLES = ("question", "passages", "examples")
"""Those that a prompt must have where its parent has them; {today} may go."""

# Scripts without spaces: each character counts as a word.
_WORD = re.compile(r"[\u0e00-\u0e7f\u2e80-\u9fff\uac00-\ud7af]|\w+")
COPIES, PLACEHOLDERS, LENGTH, SAME, NO_PROMPT = (
    "copied text",
    "placeholders",
    "length",
    "repeated",
    "no prompt",
)
"""Kinds of refusal, under which they are counted."""


class Refused(Exception):
    """A proposal cannot be used."""

    def __init__(self, kind: str, why: str) -> None:
        super().__init__(why)
        self.kind = kind
        self.why = why


def _words(text: str) -> list[str]:
    return _WORD.findall(comparable(text).lower())


def _runs(words: list[str], length: int = COPIED_WORDS) -> Iterable[tuple[str, ...]]:
    return (tuple(words[i : i + length]) for i in range(len(words) - length + 1))


class TrainTexts:
    """The texts of the train part, which no prompt may copy.

    first: the prompt that is improved: what it says already is no copy.
    """

    def __init__(self, first: Prompt, questions: Iterable[str], references: Iterable[str]) -> None:
        allowed = [_words(text) for text in (first.system or "", first.template)]
        self._allowed = {run for words in allowed for run in _runs(words)}
        self._runs: set[tuple[str, ...]] = set()
        self._short: set[tuple[str, ...]] = set()
        for text in (*questions, *references):
            words = _words(text)
            if FEWEST_COPIED_WORDS <= len(words) < COPIED_WORDS:
                self._short.add(tuple(words))
            self._runs.update(_runs(words))

    def add_passages(self, texts: Iterable[str]) -> None:
        """Add passages that a prompt showed."""
        for text in texts:
            self._runs.update(_runs(_words(text)))

    def find_copy(self, text: str) -> str | None:
        """The first words of a text that were copied, as they compare; None where nothing was."""
        words = _words(text)
        for run in _runs(words):
            if run in self._runs and run not in self._allowed:
                return " ".join(run)
        for length in range(FEWEST_COPIED_WORDS, COPIED_WORDS):
            for run in _runs(words, length):
                if run in self._short:
                    return " ".join(run)
        return None


def used_variables(system: str | None, template: str) -> set[str]:
    """The placeholders of both parts. Raises PromptError for any other use of a brace."""
    used = check_template(template, where="The template")
    return used | (check_template(system, where="The system part") if system else set())


def check_proposal(
    system: str | None,
    template: str,
    *,
    first: Prompt,
    texts: TrainTexts,
    tokens: int,
    first_tokens: int,
    known: Mapping[tuple[str | None, str], int],
) -> None:
    """Raise Refused where a proposal cannot be used.

    known: (system part, template) of the prompts before → their numbers.
    """
    try:
        used = used_variables(system, template)
    except PromptError as error:
        raise Refused(PLACEHOLDERS, str(error)) from None
    wanted = used_variables(first.system, first.template)
    lacking = [f"{{{name}}}" for name in KEPT_VARIABLES if name in wanted and name not in used]
    if "question" not in check_template(template, where="The template"):
        lacking = ["{question}", *(name for name in lacking if name != "{question}")]
    if lacking:
        raise Refused(PLACEHOLDERS, f"The template lacks {' and '.join(lacking)}.")
    if not TOKEN.sub("", template).strip():
        raise Refused(NO_PROMPT, "The template holds no instructions.")
    if (system, template) in known:
        raise Refused(SAME, f"It is the same text as number {known[system, template]}.")
    if tokens - first_tokens > MOST_MORE_TOKENS:
        raise Refused(LENGTH, f"It has {tokens:,} tokens, over {MOST_MORE_TOKENS:,} more than the first one.")
    copied = texts.find_copy(f"{system or ''}\n{template}")
    if copied is not None:
        raise Refused(COPIES, f"It copies text of the train part: {copied!r}.")
