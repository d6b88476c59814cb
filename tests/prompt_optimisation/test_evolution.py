"""An optimisation with answers and reflections that the test gives: limits, refusals, the same search again.
Knows nothing about HTTP or experiments."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import pytest

from workbench.errors import Stopped
from workbench.prompt_optimisation.aim import Aim
from workbench.prompt_optimisation.checks import TrainTexts
from workbench.prompt_optimisation.optimise import optimise_prompt
from workbench.prompt_optimisation.types import OptimisedPrompt, Proposal, TrainAnswer, TrainQuestion
from workbench.providers.types import Message
from workbench.space.model import Model
from workbench.space.prompt import Prompt
from workbench.space.prompt_optimisation import PromptOptimisation

FIRST = Prompt(name="first", template="{passages}\nQ: {question}\n")
QUESTIONS = [TrainQuestion(f"q{n}", f"How heavy is thing {n} in this shop?", (), f"c{n}") for n in range(12)]
REFLECTOR = Model(name="r", base_url="http://127.0.0.1:1/v1", model="r")


class Fake:
    """Answers are better the more often a prompt says "exact"; reflections add it.

    bad: replies by their number, from 1; the others are sensible.
    raises: what the n-th answer raises.
    """

    def __init__(self, bad: Callable[[int], str | None] = lambda n: None, raises: int = 0) -> None:
        self.bad, self.raises = bad, raises
        self.asked: list[tuple[str, int]] = []
        self.reflections: list[tuple[Message, ...]] = []

    async def answer(
        self, prompt: Prompt, questions: Sequence[int], most_usd: float | None
    ) -> list[TrainAnswer]:
        await asyncio.sleep(0)
        self.asked += [(prompt.template, question) for question in questions]
        if self.raises and len(self.asked) >= self.raises:
            raise Stopped("Stopped by you.")
        value = 0.2 + 0.2 * prompt.template.count("exact")
        return [
            TrainAnswer(QUESTIONS[q].text, "an answer", min(1, value), "- vague", 0.01) for q in questions
        ]

    async def reflect(
        self, messages: tuple[Message, ...], repeat: int, most_usd: float | None
    ) -> tuple[str, float]:
        self.reflections.append(messages)
        bad = self.bad(len(self.reflections))
        if bad is not None:
            return bad, 0.02
        template = messages[0].content.split("Template:\n```\n")[1].split("\n```")[0]
        return f"Reason: it was vague\nTemplate:\n```\n{template}\nBe exact.\n```", 0.02


def optimise(fake: Fake, seen: list[Proposal] | None = None, **settings: float) -> OptimisedPrompt:
    given = PromptOptimisation(from_=FIRST, model=REFLECTOR, **({"calls": 150, "cells": 1} | settings))
    texts = TrainTexts(FIRST, (question.text for question in QUESTIONS), ())
    aim = Aim("correctness", True, {}, {})
    heard = seen if seen is not None else []
    work = optimise_prompt(
        given, QUESTIONS, fake, aim, texts, 7, lambda settled, calls: heard.extend(settled)
    )
    return asyncio.run(work)


def test_better_prompts_are_made_from_better_prompts_and_the_best_is_chosen() -> None:
    seen: list[Proposal] = []
    fake = Fake()
    found = optimise(fake, seen)
    assert found.chosen is not None and found.proposals[found.chosen].prompt is not None
    assert found.proposals[found.chosen].prompt.template.count("exact") == 4  # nothing better is possible
    assert [p.number for p in seen] == [p.number for p in found.proposals]
    assert found.proposals[2].parent == 1 and found.proposals[2].reason == "it was vague"
    assert len(fake.asked) == len(set(fake.asked))
    assert found.calls == len(fake.asked) + len(fake.reflections)


def test_the_same_answers_lead_to_the_same_search() -> None:
    first, second = (
        Fake(lambda n: "nonsense" if n % 3 == 0 else None),
        Fake(lambda n: "nonsense" if n % 3 == 0 else None),
    )
    assert optimise(first) == optimise(second)
    assert first.asked == second.asked and first.reflections == second.reflections


def test_calls_are_never_more_than_given() -> None:
    for calls in (40, 41, 55, 70):
        fake = Fake()
        found = optimise(fake, calls=calls)
        assert len(fake.asked) + len(fake.reflections) == found.calls <= calls
        assert found.proposals[0].score == pytest.approx(0.2)


def test_a_refused_proposal_is_mended_once() -> None:
    fake = Fake(lambda n: "Template:\n```\nQ: {question} exactly\n```" if n == 1 else None)
    found = optimise(fake)
    assert not any(p.state == "refused" for p in found.proposals) and found.chosen is not None
    mend = fake.reflections[1]
    assert [m.role for m in mend] == ["user", "assistant", "user"] and "lacks {passages}" in mend[-1].content


def test_an_optimisation_whose_proposals_are_all_refused_ends_and_says_so() -> None:
    fake = Fake(lambda n: "no")
    found = optimise(fake)
    assert found.chosen is None and found.tried == 0 and found.refused == 6
    assert "6 proposals could not be used" in found.ended
    assert len(fake.asked) == len(QUESTIONS)


def test_answers_that_are_perfect_already_need_no_reflection() -> None:
    class Perfect(Fake):
        async def answer(
            self, prompt: Prompt, questions: Sequence[int], most_usd: float | None
        ) -> list[TrainAnswer]:
            return [TrainAnswer("q", "a", 1.0, "", 0.0) for _ in questions]

    fake = Perfect()
    found = optimise(fake)
    assert fake.reflections == [] and found.chosen is None and "Nothing more" in found.ended


@pytest.mark.parametrize("at", [1, 14, 30])
def test_a_stop_ends_the_search_and_what_was_settled_stays(at: int) -> None:
    seen: list[Proposal] = []
    fake = Fake(raises=at)
    with pytest.raises(Stopped):
        optimise(fake, seen)
    assert len(fake.asked) <= at + len(QUESTIONS)
    whole = optimise(Fake()).proposals
    assert seen == list(whole[: len(seen)])


def test_a_longer_prompt_must_gain_more_than_its_length_costs() -> None:
    assert optimise(Fake(), length_price=1.0).chosen is not None

    class Wordy(Fake):
        async def reflect(
            self, messages: tuple[Message, ...], repeat: int, most_usd: float | None
        ) -> tuple[str, float]:
            text, cost = await super().reflect(messages, repeat, most_usd)
            return text.replace("Be exact.", "Be exact. " + "Mind each single word. " * 40), cost

    found = optimise(Wordy(), length_price=0.5, calls=60)
    assert found.chosen is None
