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
        f"{{My thoughts}} come first: [1] {{0.7}}? {GOOD}",
        '{"reason": "fits", "score": 0.5,}',
        '{\n"reason": "fits"\n, "score": "50 %"}',
        '{"reason": "fits", "score": "5/10"}',
        '{"reason": "fits", "score": "2,5 out of 5"}',
        f'{{"result": {GOOD}}}',
        f'{{"RubricReply": {{"properties": {GOOD}}}}}',
        f"[{GOOD}]",
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


def test_line_breaks_and_apostrophes_within_strings_are_forgiven() -> None:
    text = '{"reason": "it\\\'s said,\n\tand fits", "score": 1}'
    assert read_reply(text, RubricReply, "").reason == "it's said,\n\tand fits"


@pytest.mark.parametrize(("word", "verdict"), [("Yes", 1), ("no.", 0), ("True", 1), (False, 0), ("1", 1)])
def test_a_verdict_may_be_a_word(word: object, verdict: int) -> None:
    rows = [ROW | {"verdict": word}, ROW | {"verdict": 0}]
    for text in (json.dumps({"statements": rows}), json.dumps(rows), json.dumps({"output": rows})):
        assert read_reply(text, Rows, PROMPT).statements[0].verdict == verdict


@pytest.mark.parametrize(
    "text",
    [
        '{"reason": "cut", "score": 0.',
        '{"reason": "r", "score": "8"}',
        '{"a": ' * 100_000,
        "[" * 100_000,
        "{" * 9,
    ],
)
def test_what_is_cut_or_out_of_range_or_too_deep_is_unusable(text: str) -> None:
    with pytest.raises(UnusableReply):
        read_reply(text, RubricReply, "")


class Statements(BaseModel):
    statements: list[str]


@pytest.mark.parametrize(
    ("answer", "statement", "usable"),
    [
        ("The label costs 5 euros.", "A label costs 5 euros.", True),
        ("The label costs 5 euros.", "Albert Einstein was a German-born theoretical physicist.", False),
        ("店铺九点开门。", "店铺在九点开门。", True),
        ("It is.", "It is so.", True),
    ],
)
def test_a_statement_shares_a_word_with_the_answer_it_is_taken_from(
    answer: str, statement: str, usable: bool
) -> None:
    prompt = f"Do.\ninput: {json.dumps({'question': 'q', 'answer': answer})}\nOutput: "
    text = json.dumps({"statements": [statement]})
    if usable:
        assert read_reply(text, Statements, prompt).statements == [statement]
        return
    with pytest.raises(UnusableReply, match="shares no word"):
        read_reply(text, Statements, prompt)


def test_a_schema_has_the_number_of_verdicts() -> None:
    statements = schema_of(Rows, 2)["properties"]["statements"]
    assert statements["minItems"] == statements["maxItems"] == 2
    assert "minItems" not in str(schema_of(Rows)) and "minItems" not in str(schema_of(RubricReply, None))


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
