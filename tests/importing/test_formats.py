"""Every format: it is recognised, and brings question, answer, evidence, history and documents as it has them.
Knows nothing about the command line and pages."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.importing.samples import (
    BEIR,
    CHILDREN,
    DOCUMENTS,
    EARLIER,
    PRICE,
    SAMPLES,
    WIND,
    as_csv,
    as_json,
    as_jsonl,
    as_parquet,
    assistant,
    user,
)
from workbench.corpus.types import Document, Question
from workbench.importing.formats import FORMATS
from workbench.importing.preparation import Existing, Prepared, prepare_import
from workbench.importing.source_reading import read_source, read_source_bytes

CORPUS = tuple(Document(name, name, text, "markdown") for name, text in DOCUMENTS.items())


def prepare(name: str, data: bytes, **options: Any) -> Prepared:
    existing = Existing("boats", CORPUS, options.pop("questions", {}))
    return prepare_import(read_source_bytes(name, data), existing, today="2026-11-29", **options)


def questions(prepared: Prepared) -> list[Question]:
    return [question for _, question in prepared.questions]


def quoted(prepared: Prepared, question: Question) -> list[str]:
    texts = {d.name: d.text for d in (*CORPUS, *prepared.documents.documents)}
    return [texts[piece.document][piece.start : piece.end] for piece in question.evidence]


def problems(prepared: Prepared) -> str:
    return "\n".join(f"{p.row}: {p.what}" for p in prepared.problems)


def test_there_is_a_sample_of_every_format() -> None:
    assert set(SAMPLES) == {format_.name for format_ in FORMATS}


@pytest.mark.parametrize("name", SAMPLES)
def test_a_format_is_recognised_with_its_question_its_answer_and_where_it_comes_from(name: str) -> None:
    prepared = prepare(*SAMPLES[name])
    assert prepared.format.name == name and prepared.why
    first = questions(prepared)[0]
    assert first.text == ("What does it cost?" if first.history else "What does a rowing boat cost?")
    if name not in ("open-webui", "beir"):
        assert "14 euros" in first.answers and first.answerable is True
    assert first.source is not None
    assert (first.source.by, first.source.date) == ("import", "2026-11-29")
    assert first.source.name == SAMPLES[name][0]
    forced = prepare(*SAMPLES[name], format_name=name)
    assert questions(forced) == questions(prepared) and forced.why == ""


@pytest.mark.parametrize(
    "name",
    ["workbench", "ragas", "squad", "natural-questions", "promptfoo", "deepeval", "langsmith", "table"],
)
def test_contexts_become_evidence_where_the_documents_hold_them(name: str) -> None:
    prepared = prepare(*SAMPLES[name])
    assert quoted(prepared, questions(prepared)[0]) == [PRICE]


def test_columns_and_what_is_not_used_are_told() -> None:
    prepared = prepare(*SAMPLES["table"])
    assert prepared.columns == {
        "Prompt": "question",
        "Expected answer": "answer",
        "Context": "contexts",
        "Notes": None,
    }
    assert "row 2" not in problems(prepared) and prepared.rows == 1
    mapped = prepare(*SAMPLES["table"], mapping={"Notes": "tags", "Context": None})
    assert mapped.columns["Context"] is None and questions(mapped)[0].tags == ("-",)
    assert mapped.without_evidence == 1


def test_squad_brings_documents_and_impossible_questions_are_unanswerable() -> None:
    prepared = prepare(*SAMPLES["squad"])
    possible, impossible = questions(prepared)
    assert possible.answers == ("14 euros",) and possible.id == "a1"
    assert (impossible.answers, impossible.evidence, impossible.answerable) == ((), (), False)
    assert prepared.documents.texts == {"Boat hire.md": f"# Boat hire\n\n{PRICE}\n"}


def test_the_rows_of_squad_v2_as_a_parquet_file_are_the_same() -> None:
    rows = [
        {"id": "a1", "title": "Boat_hire", "context": PRICE, "question": "What does a rowing boat cost?",
         "answers": {"text": ["14 euros"], "answer_start": [21]}},
        {"id": "a2", "title": "Boat_hire", "context": PRICE, "question": "What does a sailing boat cost?",
         "answers": {"text": [], "answer_start": []}},
    ]  # fmt: skip
    prepared = prepare("validation.parquet", as_parquet(*rows))
    assert prepared.format.name == "squad"
    assert [q.answerable for q in questions(prepared)] == [True, False]
    assert list(prepared.documents.texts) == ["Boat hire.md"]


def test_every_supporting_sentence_of_hotpotqa_is_needed() -> None:
    prepared = prepare(*SAMPLES["hotpotqa"])
    (question,) = questions(prepared)
    assert quoted(prepared, question) == [PRICE, WIND] and question.tags == ("bridge", "easy")
    assert set(prepared.documents.texts) == {"Boat hire.md", "Weather (2).md"}  # weather.md is taken


def test_beir_brings_documents_and_judgements_and_says_what_grades_became() -> None:
    prepared = prepare(*SAMPLES["beir"])
    cost, wind = questions(prepared)
    assert set(prepared.documents.texts) == {"D1.md", "d1 (2).md"}  # one name where case does not count
    assert [(e.document, e.whole) for q in (cost, wind) for e in q.evidence] == [
        ("D1.md", True),
        ("d1 (2).md", True),
    ]
    assert "grades 1, 2; each of them counts" in problems(prepared)
    assert "1 query has no judgement here; it is left out" in problems(prepared)


def test_a_beir_folder_is_read_as_its_zip_file_is(tmp_path: Path) -> None:
    for name, data in BEIR.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    existing = Existing("boats", CORPUS, {})
    prepared = prepare_import(read_source(tmp_path / "boats"), existing, today="2026-11-29")
    assert [q.id for q in questions(prepared)] == ["1", "2"]


def test_an_unanswerable_question_of_each_format_is_one() -> None:
    for name in ("workbench", "promptfoo", "giskard", "natural-questions"):
        last = questions(prepare(*SAMPLES[name]))[-1]
        assert (last.answerable, last.answers, last.evidence) == (False, (), ()), name


def test_promptfoo_lists_assertions_that_are_no_answer_and_multiplies_lists() -> None:
    prepared = prepare(*SAMPLES["promptfoo"])
    assert [q.text for q in questions(prepared)[1:]] == ["Is there a café?", "Is there a shop?"]
    assert "1: its assertion 'llm-rubric' is no reference answer" in problems(prepared)
    assert questions(prepared)[0].tags == ("price",)
    table = as_csv(
        {"question": "How much?", "__expected1": "icontains-any: 14 euros, 14 €", "__metadata:category": "x"}
    )
    assert questions(prepare("tests.csv", table))[0].answers == ("14 euros", "14 €")


@pytest.mark.parametrize(("name", "row"), [("giskard", 1), ("open-webui", 0), ("openai-evals", 0)])
def test_a_conversation_keeps_its_history(name: str, row: int) -> None:
    question = questions(prepare(*SAMPLES[name]))[row]
    assert [(turn.role, turn.text) for turn in question.history] == [
        (t["role"], t["content"]) for t in EARLIER
    ]


def test_open_webui_keeps_the_thumb_and_takes_the_reply_for_no_answer() -> None:
    prepared = prepare(*SAMPLES["open-webui"])
    assert questions(prepared)[0].answers == () and questions(prepared)[0].tags == ("thumbs down",)
    said = prepare(*SAMPLES["open-webui"], mapping={"reply": "answer"})
    assert questions(said)[0].answers == ("I do not know.",)


def test_older_and_other_shapes_of_the_same_tools_are_read() -> None:
    old_ragas = as_jsonl({"question": "Q?", "contexts": [PRICE], "ground_truth": "A", "evolution_type": "simple",
                          "metadata": [], "episode_done": True})  # fmt: skip
    (question,) = questions(old := prepare("old.jsonl", old_ragas))
    assert old.format.name == "ragas" and question.answers == ("A",) and len(question.evidence) == 1
    said = as_jsonl({"question": "Q?", "answer": "said", "contexts": [PRICE], "ground_truth": "A"})
    (question,) = questions(prepare("run.jsonl", said))
    assert question.answers == ("A",) and question.evidence == ()  # what a system said and retrieved
    turns = as_jsonl({"user_input": [{"content": "Hello", "type": "human"}, {"content": "Hi", "type": "ai"},
                                     {"content": "How much?", "type": "human"}], "reference": "14 euros"})  # fmt: skip
    (question,) = questions(prepare("turns.jsonl", turns))
    assert question.text == "How much?" and len(question.history) == 2
    exported = as_json({"goldens": [{"input": "Q?", "expectedOutput": "A", "sourceFile": "hire.md"}],
                        "conversationalGoldens": [{"turns": [user("One?"), assistant("1"), user("Two?")]}]})  # fmt: skip
    first, second = questions(prepare("export.json", exported))
    assert first.evidence[0].whole and second.text == "Two?" and len(second.history) == 2
    clapnq = as_jsonl({"id": "c", "input": "Q?", "passages": [{"title": "Boat hire", "text": PRICE}],
                       "output": [{"answer": "14 euros", "selected_sentences": []}]})  # fmt: skip
    assert questions(prepare("clapnq.jsonl", clapnq))[0].evidence
    chat = as_jsonl({"messages": [user("Q?"), assistant("A")]})
    assert questions(prepare("tuning.jsonl", chat))[0].answers == ("A",)
    cells = as_csv({"inputs": '{"question": "Q?"}', "outputs": '{"answer": "A"}', "id": "1"})
    assert questions(prepare("langsmith.csv", cells))[0].answers == ("A",)
    columns = as_json({"question": {"0": "Q?", "1": "R?"}, "answer": {"0": "A", "1": "B"}})
    assert [q.answers for q in questions(prepare("frame.json", columns))] == [("A",), ("B",)]


def test_a_context_that_several_documents_hold_has_alternatives_and_each_context_is_needed() -> None:
    row = {
        "user_input": "Q?",
        "reference": "A",
        "reference_contexts": [CHILDREN, PRICE, "Nowhere to be found."],
    }
    prepared = prepare("x.jsonl", as_jsonl(row))
    (question,) = questions(prepared)
    children, price = question.evidence
    assert [option.document for option in children.options] == ["hire.md", "weather.md"]
    assert price.document == "hire.md" and price.alternatives == ()
    assert "1: its context 'Nowhere to be found.' is not in the documents; it is not used" in problems(
        prepared
    )
    hinted = as_json(
        [{"input": "Q?", "expected_output": "A", "context": [CHILDREN], "source_file": "x/weather.md"}]
    )
    (question,) = questions(prepare("x.json", hinted))
    assert [option.document for piece in question.evidence for option in piece.options] == ["weather.md"]


def test_the_reports_of_a_row_are_json() -> None:
    assert json.dumps([p.as_row() for p in prepare(*SAMPLES["promptfoo"]).problems])
