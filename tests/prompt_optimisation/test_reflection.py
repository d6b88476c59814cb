"""Replies of a model that reflects: which of them hold a prompt.
Knows nothing about what is done with it."""

from __future__ import annotations

import pytest

from tests.protocol_server.reflecting import REFLECTS
from workbench.prompt_optimisation.reflection import (
    BEGINNING,
    REFLECTION_TOKENS,
    as_reflector,
    ask_for_better,
    read_reflection,
)
from workbench.prompt_optimisation.types import TrainAnswer
from workbench.space.model import Model
from workbench.space.prompt import Prompt

T = "{passages}\nQ: {question}\nBe exact."


@pytest.mark.parametrize(
    ("reply", "reason", "system"),
    [
        (f"Reason: it was vague\nTemplate:\n```\n{T}\n```", "it was vague", None),
        (f"**Reason:** it was vague\n\nSystem:\n```text\nYou help.\n```\nTemplate:\n```\n{T}\n```\n", "it was vague", "You help."),
        (f"```\n{T}\n```", "", None),
        (f"Here it is.\n\n### Template\n````md\n{T}\n````\nReason: shorter", "shorter", None),
        (f"Reason: cut off\nTemplate:\n```\n{T}", "cut off", None),
        (f"Template: {T}", "", None),
        (f"Template:\n```\n{T}\n```\nSystem:\n```\nYou help.\n```", "", "You help."),
    ],
)  # fmt: skip
def test_a_reply_with_a_template_is_read_in_the_forms_that_models_use(
    reply: str, reason: str, system: str | None
) -> None:
    found = read_reflection(reply)
    assert found is not None
    assert (found.template, found.reason, found.system) == (T + "\n", reason, system)


@pytest.mark.parametrize(
    "reply", ["", "I cannot do that.", "Reason: none", "Template:\n```\n\n```", "``` ```"]
)
def test_a_reply_without_a_template_is_none(reply: str) -> None:
    assert read_reflection(reply) is None


def test_the_request_shows_the_prompt_the_answers_and_what_is_wrong_with_them() -> None:
    prompt = Prompt(name="p", system="You help.", template=T)
    answers = [
        TrainAnswer("Who collects heaters?", "Nobody.", 0.25, "- correctness 0.25. It lacks 'two'.", 0.0)
    ]
    [message] = ask_for_better(
        prompt, answers, placeholders=["question", "passages"], aim="correctness", length_price=0.02
    )
    for said in (
        T,
        "You help.",
        "Who collects heaters?",
        "Nobody.",
        "It lacks 'two'",
        "0.02",
        "{question} and {passages}",
    ):
        assert said in message.content
    assert message.content.startswith(BEGINNING) and BEGINNING.startswith(REFLECTS)


def test_a_model_that_reflects_has_room_for_a_prompt() -> None:
    assert (
        as_reflector(Model(name="m", base_url="http://x/v1", model="m", max_tokens=60)).max_tokens
        == REFLECTION_TOKENS
    )
    assert (
        as_reflector(Model(name="m", base_url="http://x/v1", model="m", max_tokens=9_000)).max_tokens == 9_000
    )
