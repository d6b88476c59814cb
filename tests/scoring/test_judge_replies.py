"""Tests of reading judges' replies, and of detecting languages.
Knows nothing about calling judges."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from workbench.parts.part import JudgedMetric
from workbench.parts.registry import parts_of
from workbench.scoring.judge_replies import RubricReply, UnusableReply, read_reply, schema_of
from workbench.scoring.judged import as_judge, judged_metric
from workbench.scoring.language_detection import find_language
from workbench.space.model import Model
from workbench.space.scores import asks_judge


class Row(BaseModel):
    statement: str
    reason: str
    verdict: int


class Rows(BaseModel):
    statements: list[Row]


GOOD = '{"reason": "fits", "score": 0.5}'
ROW = {"statement": "s", "reason": "r", "verdict": 1}
PROMPT = 'Do.\ninput: {"context": "c", "statements": ["one", "two"]}\nOutput: '


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        f"```json\n{GOOD}\n```",
        f"Sure, here it is:\n\n```\n{GOOD}\n```\nAnything else?",
        f"<think>Maybe {{0.7}}?</think>\n{GOOD}",
        f"The mark is {GOOD} as you see.",
    ],
)
def test_json_is_found_whatever_is_written_around_it(text: str) -> None:
    assert read_reply(text, RubricReply, "") == RubricReply(reason="fits", score=0.5)


@pytest.mark.parametrize(
    ("verdicts", "wrong"), [([1, 0], ""), ([1], "1 verdicts on 2"), ([1, 0, 1], "3 verdicts on 2"), ([1, 2], "neither")]
)  # fmt: skip
def test_every_statement_has_one_verdict_and_it_is_0_or_1(verdicts: list[int], wrong: str) -> None:
    text = json.dumps({"statements": [ROW | {"verdict": v} for v in verdicts]})
    if not wrong:
        assert [r.verdict for r in read_reply(text, Rows, PROMPT).statements] == verdicts
        return
    with pytest.raises(UnusableReply, match=wrong):
        read_reply(text, Rows, PROMPT)


@given(st.text(max_size=200))
def test_any_text_is_a_reply_or_unusable(text: str) -> None:
    try:
        reply = read_reply(text, RubricReply, "")
    except UnusableReply as unusable:
        assert str(unusable)
    else:
        assert 0 <= reply.score <= 1


def test_a_schema_is_closed_and_verdicts_are_0_or_1() -> None:
    schema = schema_of(Rows)
    row = schema["$defs"]["Row"]
    assert schema["additionalProperties"] is row["additionalProperties"] is False
    assert row["required"] == ["statement", "reason", "verdict"]
    assert row["properties"]["verdict"]["enum"] == [0, 1]


def test_names_in_files_are_the_metrics_there_are() -> None:
    for name, metric in parts_of(JudgedMetric).items():
        assert asks_judge(name) and judged_metric(name) is metric and callable(metric.load())


def test_a_judge_has_room_for_verdicts_unless_its_user_says_otherwise() -> None:
    def judge(**fields: object) -> int | None:
        return as_judge(
            Model.model_validate({"name": "j", "base_url": "http://h/v1", "model": "m"} | fields)
        ).max_tokens

    assert judge() == 4096 and judge(context_window=4096) == 2048
    assert judge(max_tokens=900) == 900 and judge(max_tokens=None) is None


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Goods can be returned within 30 days of the delivery.", "English"),
        ("Die Ware kann nicht zurückgegeben werden, und das ist der Grund.", "German"),
        ("Les produits peuvent être retournés dans les 30 jours.", "French"),
        ("El producto no se puede devolver en la tienda.", "Spanish"),
        ("商品可以在30天内退货。", "Chinese"),
        ("商品は30日以内に返品できます。", "Japanese"),
        ("יש להחזיר את המוצר", "Hebrew"),
        ("30 days", None),
        ("🙂 [1]", None),
        ("", None),
    ],
)
def test_languages_are_told_apart_where_the_text_says_enough(text: str, language: str | None) -> None:
    assert find_language(text) == language
