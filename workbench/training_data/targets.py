"""Writes what a model should answer: a reference as a prompt asks for it, or a refusal in the prompt's words.
Knows nothing about how passages were chosen."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from workbench.pipeline.types import Hit
from workbench.providers.embedded.directives import Directives, read_directives
from workbench.space.prompt import Prompt
from workbench.text import content_tokens, split_sentences


@lru_cache(maxsize=256)
def _read(system: str, template: str) -> Directives:
    return read_directives(f"{system}\n{template}")


def directives_of(prompt: Prompt) -> Directives:
    """What a prompt asks for: how long an answer is, whether it cites, in which words it declines."""
    return _read(prompt.system or "", prompt.template)


def refusal(prompt: Prompt) -> str | None:
    """The words in which a prompt wants a question declined; None for one that never lets it."""
    directives = directives_of(prompt)
    return directives.refusal if directives.decline else None


def answer_in_full(
    prompt: Prompt, references: Sequence[str], golden: Sequence[int], hits: Sequence[Hit]
) -> str:
    """The reference that suits the prompt, with citations where it asks for them.

    golden: the places in `hits` of the passages that hold the evidence, from 0.
    """
    directives = directives_of(prompt)
    choose = min if directives.short else max
    text = choose(references, key=len).strip()
    return _cited(text, golden, hits) if directives.cite and golden else text


def _cited(text: str, golden: Sequence[int], hits: Sequence[Hit]) -> str:
    """Each sentence with the number of the passage that shares most words with it, as in "It is free. [2]";
    passages that no sentence got are cited by the last one."""
    sentences = [text[s.start : s.end].strip() for s in split_sentences(text)] or [text]
    held = {
        place: set(content_tokens(f"{hits[place].chunk.title} {hits[place].chunk.shown}")) for place in golden
    }
    cites: list[list[int]] = []
    for sentence in sentences:
        said = set(content_tokens(sentence))
        cites.append([max(golden, key=lambda place: (len(said & held[place]), -place))])
    cites[-1] += [place for place in golden if not any(place in some for some in cites)]
    return " ".join(
        f"{sentence} {''.join(f'[{place + 1}]' for place in sorted(some))}"
        for sentence, some in zip(sentences, cites, strict=True)
    )
