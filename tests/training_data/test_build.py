"""What rows training data have, and what is left out.
Knows nothing about files."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Literal

import pytest

from tests.training_data.books import FACTS, Library
from workbench.corpus.types import Turn
from workbench.errors import InputError, Stopped
from workbench.pipeline.answer_request import request_answer
from workbench.pipeline.chat_request import call_key
from workbench.scoring.refusal import is_refusal
from workbench.space.model import Model
from workbench.space.tuning import Kind
from workbench.store.experiments import get_experiment
from workbench.store.learning.raters import leave_out
from workbench.store.ledger import add_calls
from workbench.store.records import CallRecord
from workbench.training_data.basis import find_basis
from workbench.training_data.build import build_training_data, data_key
from workbench.training_data.types import OfExperiment, OfHome, OfPlan, Options, TrainingData

NOVEL = "How long may a novel be kept?"
TRAIN = {question for _, _, question, _, part in FACTS if part == "train"}


def build(library: Library, kind: Kind = "sft", **options: object) -> TrainingData:
    return build_training_data(
        library.store, library.settings, OfExperiment(library.id), kind, Options(**options)  # type: ignore[arg-type]
    )  # fmt: skip


def test_references_are_answered_from_passages_that_hold_their_evidence(library: Library) -> None:
    data = build(library, without_evidence=0.0)
    rows = [row for row in data.rows if row.origin == "reference"]
    assert {row.question for row in rows} == TRAIN
    sentences = {question: sentence for _, sentence, question, *_ in FACTS}
    assert all(any(sentences[row.question] in text for text in row.passages) for row in rows)
    assert {row.golden for row in rows} <= {"found", "added"}


def test_a_prompt_that_cites_gets_citations_of_the_right_passage_and_a_short_one_the_short_reference(
    library: Library,
) -> None:
    rows = [row for row in build(library, without_evidence=0.0).rows if row.question == NOVEL]
    cited = [row for row in rows if row.setting.startswith("cited")]
    short = [row for row in rows if row.setting.startswith("short")]
    assert cited and short
    assert {row.answer for row in short} == {"21 days"}
    for row in cited:
        place = next(n for n, text in enumerate(row.passages, start=1) if "21 days" in text)
        assert row.answer == f"A novel may be kept for 21 days. [{place}]"


def test_without_its_evidence_a_question_is_declined_in_the_words_of_the_prompt(library: Library) -> None:
    data = build(library, without_evidence=1.0, most_refusals=1.0)
    rows = [row for row in data.rows if row.golden == "taken out"]
    assert {row.question for row in rows} <= TRAIN and len(rows) >= 5
    sentences = {question: sentence for _, sentence, question, *_ in FACTS}
    assert all(row.answer == "I don't know." and row.declines and row.passages for row in rows)
    assert not any(sentences[row.question] in text for row in rows for text in row.passages)


def test_unanswerable_train_questions_are_declined(library: Library) -> None:
    rows = [row for row in build(library, most_refusals=0.5).rows if row.golden == "none"]
    assert {row.question for row in rows} == {"Who wrote the rules of the house?"}
    assert all(is_refusal(row.answer) for row in rows)


def test_rows_that_decline_are_capped_and_counted(library: Library) -> None:
    data = build(library, without_evidence=0.3, most_refusals=0.0)
    assert not any(row.declines for row in data.rows)
    assert data.refused["too many rows decline"] > 0


def test_a_row_is_exactly_what_the_model_is_sent(library: Library) -> None:
    library.rate(library.serve("r1", "May I keep a novel long?", "For 21 days."), 1, "May I keep a novel long?", "For 21 days.")  # fmt: skip
    [row] = [row for row in build(library).rows if row.origin == "liked answer"]
    config = library.config
    assert row.messages[0].role == "system" and row.messages[0].content == config.prompt.system
    assert row.messages[1].content == config.prompt.template.format(
        passages="[1] Loans\nA novel may be kept for 21 days.", question="May I keep a novel long?", today="1970-01-02"
    )  # fmt: skip
    assert row.answer == "For 21 days." and row.model == config.model.name


@pytest.mark.parametrize(
    "question",
    [
        "How long may a film be kept?",
        "how long may a FILM be kept",
        "How long may a film be kept, please?",
        "When is the attic locked?",
        "A film: how long may it be kept?",
    ],
)
def test_answers_to_search_and_held_out_questions_and_their_copies_are_refused(
    library: Library, question: str
) -> None:
    library.rate(library.serve("r1", question, "For 3 days."), 1, question, "For 3 days.")
    data = build(library)
    assert not any(row.origin == "liked answer" for row in data.rows)
    assert sum(n for why, n in data.refused.items() if "search question" in why or "held-out" in why) == 1


def test_a_question_with_another_name_or_number_is_no_copy(library: Library) -> None:
    question = "How long may a Film of Truffaut be kept?"
    library.rate(library.serve("r1", question, "For 21 days."), 1, question, "For 21 days.")
    assert any(row.question == question for row in build(library).rows)


def test_an_earlier_turn_that_asks_a_held_out_question_is_refused(library: Library) -> None:
    history = (Turn("user", "When is the attic locked?"), Turn("assistant", "On Sundays."))
    library.serve("r1", "And novels?", "For 21 days.", history=history)
    library.rate("r1", 1, "And novels?", "For 21 days.", history=history)
    data = build(library)
    assert not any(row.question == "And novels?" for row in data.rows)
    assert data.refused["an earlier turn asks a held-out question"] == 1


def test_a_train_question_that_copies_a_held_out_one_is_refused(library: Library) -> None:
    file = library.corpus / "questions.jsonl"
    rows = [json.loads(line) for line in file.read_text().splitlines()]
    copy = rows[0] | {"question": "When is the attic locked up?"}
    file.write_text("".join(f"{json.dumps(row)}\n" for row in [copy, *rows[1:]]))
    data = build(library)
    assert data.refused["a train question is a near copy of a held-out question"] == 1
    assert not any("attic locked up" in row.question for row in data.rows)


def test_an_answer_that_holds_a_held_out_question_is_refused(library: Library) -> None:
    answer = "See also: When is the attic locked?"
    library.rate(
        library.serve("r1", "May I keep a novel long?", answer), 1, "May I keep a novel long?", answer
    )
    assert build(library).refused["its text holds a held-out question"] == 1


def test_better_answers_are_learnt_in_place_of_disliked_ones(library: Library) -> None:
    question = "May I keep a novel long?"
    library.rate(library.serve("r1", question, "No."), -1, question, "No.", better="For 21 days [1].")
    [row] = [row for row in build(library).rows if row.origin == "better answer"]
    assert (row.answer, row.model) == ("For 21 days [1].", "")
    [pair] = [row for row in build(library, "dpo").rows if row.origin == "corrected answer"]
    assert (pair.answer, pair.rejected) == ("For 21 days [1].", "No.")


def test_choices_and_verdicts_become_pairs(library: Library) -> None:
    question = "May I keep a novel long?"
    good = library.serve("r1", question, "For 21 days.")
    bad = library.serve("r2", question, "Ask someone.")
    library.choose((good, "For 21 days."), (bad, "Ask someone."), question)
    library.rate(good, 1, question, "For 21 days.")
    library.rate(bad, -1, question, "Ask someone.")
    rows = [row for row in build(library, "dpo").rows if row.origin != "contrast"]
    assert [(row.answer, row.rejected) for row in rows] == [("For 21 days.", "Ask someone.")]  # said twice


@pytest.mark.parametrize(("choice", "rejected"), [("first", "Ask someone."), ("bad", "For 20 days.")])
def test_a_better_answer_to_two_is_learnt_and_stands_above_the_worse_one(
    library: Library, choice: Literal["first", "bad"], rejected: str
) -> None:
    question = "May I keep a novel long?"
    one = library.serve("r1", question, "For 20 days.")
    other = library.serve("r2", question, "Ask someone.")
    library.choose(
        (one, "For 20 days."), (other, "Ask someone."), question, choice=choice, typed="For 21 days."
    )
    data = build(library)
    assert [row.answer for row in data.rows if row.origin == "better answer"] == ["For 21 days."]
    assert not any("disagree" in reason for reason in data.refused)
    [row] = [row for row in build(library, "dpo").rows if row.origin == "corrected answer"]
    assert row.answer == "For 21 days." and row.rejected in (rejected, "Ask someone.")


def test_declining_and_answering_are_contrasted(library: Library) -> None:
    data = build(library, "dpo", without_evidence=0.5, most_refusals=1.0)
    rows = [row for row in data.rows if row.origin == "contrast"]
    assert {row.declines for row in rows} == {True, False}
    assert all(is_refusal(row.answer) != is_refusal(row.rejected) for row in rows)


def test_thumbs_become_kto_rows(library: Library) -> None:
    question = "May I keep a novel long?"
    library.rate(library.serve("r1", question, "For 21 days."), 1, question, "For 21 days.")
    library.rate(library.serve("r2", question, "Ask someone."), -1, question, "Ask someone.")
    assert {(row.answer, row.liked) for row in build(library, "kto").rows} == {
        ("For 21 days.", True), ("Ask someone.", False),
    }  # fmt: skip


def test_kto_needs_both_thumbs(library: Library) -> None:
    question = "May I keep a novel long?"
    library.rate(library.serve("r1", question, "For 21 days."), 1, question, "For 21 days.")
    with pytest.raises(InputError, match="All usable thumbs are up"):
        build(library, "kto")


def test_without_ratings_kto_has_nothing_to_make(library: Library) -> None:
    with pytest.raises(InputError, match="nothing to make kto rows of") as error:
        build(library, "kto")
    assert error.value.hint and "thumbs on answers" in error.value.hint


def test_raters_who_disagree_evenly_teach_nothing(library: Library) -> None:
    question = "May I keep a novel long?"
    library.rate(library.serve("r1", question, "For 21 days."), 1, question, "For 21 days.")
    library.rate("r1", -1, question, "For 21 days.", rater="bob")
    assert build(library).refused["its raters disagree evenly"] == 1
    leave_out(library.store, "bob")
    assert [row.origin for row in build(library).rows].count("liked answer") == 1


def test_imported_thumbs_get_passages_that_support_them_or_are_refused(library: Library) -> None:
    library.rate(
        "i1", 1, "Till when may I keep a novel?", "A novel may be kept for 21 days.", rater="open-webui"
    )
    library.rate("i2", 1, "Do you lend cars?", "Yes, red cars with four doors.", rater="open-webui")
    data = build(library)
    [row] = [row for row in data.rows if row.origin == "liked answer"]
    assert row.question == "Till when may I keep a novel?"
    assert any("A novel may be kept for 21 days." in text for text in row.passages)
    assert data.refused["no passage that is retrieved for it supports it"] == 1


def test_answers_about_other_documents_are_refused(library: Library) -> None:
    library.serve("r1", "Is it warm?", "Yes.", document="weather.md", text="It is warm.")
    put = library.store
    from workbench.store.serving.records import Service
    from workbench.store.serving.services import put_service

    winner = {"config": library.config.to_json(), "corpus": {"name": "weather"}}
    put_service(put, Service("s1", "weather", "winner", winner, created_at=1.0))
    library.rate("r1", 1, "Is it warm?", "Yes.")
    assert build(library).refused["it is about other documents"] == 1
    home = build_training_data(library.store, library.settings, OfHome(), "sft")
    assert any(row.question == "Is it warm?" for row in home.rows)


def _store_reply(library: Library, text: str, model: Model) -> None:
    """A model's stored reply to what the first prompt asks about novels."""
    import asyncio

    from workbench.training_data.retrieval import retrieve

    [basis] = find_basis(library.store, library.settings, OfExperiment(library.id)).corpora
    question = next(q for q in basis.train_questions if q.text == NOVEL)
    asked = [question.asked]
    found = asyncio.run(retrieve(basis, asked, library.store, library.settings, lambda step: None))[0]
    hits = found.arranger.as_found(found.rankings[question.asked])
    config = basis.config(basis.prompts[0], found.retrieval, model)
    made = request_answer(config, question.asked, hits, basis.today)
    key = call_key(model, made.request, 0, "generate")
    with library.store.write() as session:
        add_calls(session, [CallRecord(key, "generate", model.name, "m", "ok", text=text)])


def test_stored_replies_with_good_scores_are_learnt_and_bad_ones_are_rejected(library: Library) -> None:
    model = get_experiment(library.store, library.id).experiment.models[0]
    _store_reply(library, "A novel may be kept for 21 days.", model)
    [row] = [row for row in build(library).rows if row.origin == "scored answer"]
    assert row.question == NOVEL and row.model == model.name


def test_a_stored_reply_that_is_wrong_is_rejected_in_favour_of_the_reference(library: Library) -> None:
    model = get_experiment(library.store, library.id).experiment.models[0]
    _store_reply(library, "A novel may be kept for 90 weeks.", model)
    [row] = [row for row in build(library, "dpo").rows if row.origin == "verdict"]
    assert row.rejected == "A novel may be kept for 90 weeks." and "21 days" in row.answer


def test_equal_inputs_give_equal_data_and_another_seed_another_order(library: Library) -> None:
    one, again, other = build(library), build(library), build(library, seed=8)
    assert one == again and one.sha256 == again.sha256
    assert other.sha256 != one.sha256 and other.key != one.key


def test_the_key_changes_with_what_people_say_and_with_the_questions(library: Library) -> None:
    def key() -> str:
        return data_key(library.store, library.settings, OfExperiment(library.id), "sft")

    first = key()
    assert first == key() == build(library).key
    library.rate("i1", 1, "Till when may I keep a novel?", "For 21 days.")
    rated = key()
    leave_out(library.store, "ada")
    assert rated != first == key()
    file = library.corpus / "questions.jsonl"
    file.write_text(file.read_text().replace('"21 days"', '"three weeks"'))
    assert key() != first


def test_a_plan_that_is_not_run_gives_the_rows_of_its_experiment(library: Library) -> None:
    experiment = get_experiment(library.store, library.id).experiment
    small = Model(name="small", base_url="http://127.0.0.1:1/v1", model="s", context_window=4096)
    plan = build_training_data(library.store, library.settings, OfPlan(experiment, parent=small), "sft")
    assert {row.question for row in plan.rows} >= TRAIN
    again = data_key(library.store, library.settings, OfPlan(experiment, parent=small), "sft")
    assert plan.key == again


def test_a_prompt_longer_than_the_parents_context_is_left_out(library: Library) -> None:
    experiment = get_experiment(library.store, library.id).experiment
    tiny = Model(name="tiny", base_url="http://127.0.0.1:1/v1", model="t", context_window=100, max_tokens=60)
    with pytest.raises(InputError, match="nothing to make sft rows of") as error:
        build_training_data(library.store, library.settings, OfPlan(experiment, parent=tiny), "sft")
    assert error.value.hint and "does not fit" in error.value.hint


def test_personal_data_are_counted_and_can_be_left_out(library: Library) -> None:
    question = "May Ada keep a novel? Write to ada@example.org"
    library.rate(library.serve("r1", question, "For 21 days."), 1, question, "For 21 days.")
    told = build(library).personal_data
    assert (told.answers, told.rows, told.dropped) == ({"e-mail": 1}, 1, 0)
    data = build(library, drop_personal_data=True)
    assert data.personal_data.dropped == 1 and not any("ada@" in row.question for row in data.rows)


def test_a_limit_is_shared_evenly_among_origins_and_documents(library: Library) -> None:
    question = "May I keep a novel long?"
    library.rate(library.serve("r1", question, "For 21 days."), 1, question, "For 21 days.")
    data = build(library, limit=4, most_refusals=0.5)
    assert len(data.rows) == 4 and data.refused["over the limit"] > 0
    assert {row.origin for row in data.rows} == {"liked answer", "reference", "refusal"}


def test_a_corpus_that_changed_since_the_experiment_is_told(library: Library) -> None:
    (library.corpus / "documents" / "new.md").write_text("# New\n\nThe door is green.\n")
    data = build(library)
    assert data.corpora[0].changed and any("have changed since" in note for note in data.notes)


def test_settings_that_ask_servers_are_left_out_and_told(library: Library) -> None:
    experiment = get_experiment(library.store, library.id).experiment
    served = Model(name="far", kind="embedding", base_url="http://127.0.0.1:1/v1", model="e")
    axes = experiment.retrieval.model_copy(update={"embedding": [served], "retriever": ["dense", "keyword"]})
    data = build_training_data(
        library.store, library.settings, OfPlan(experiment.model_copy(update={"retrieval": axes})), "sft"
    )
    assert any("2 of 4 retrieval settings are left out" in note for note in data.notes)


def test_an_empty_home_says_what_to_do(settings: object, library: Library) -> None:
    from workbench.store.experiments import delete_experiment

    delete_experiment(library.store, library.id)
    with pytest.raises(InputError, match="no experiments"):
        build_training_data(library.store, library.settings, OfHome(), "sft")


def test_question_ids_name_every_question_that_rows_rest_on(library: Library) -> None:
    data = build(library)
    assert data.question_ids == sorted({row.question_id for row in data.rows})
    assert replace(data, rows=data.rows[:1]).question_ids == [data.rows[0].question_id]


@pytest.mark.parametrize("stop_at", ["Checking what", "searching", "Balancing"])
def test_making_says_what_it_does_and_is_ended_by_whoever_hears_it(library: Library, stop_at: str) -> None:
    heard: list[str] = []

    def hear(words: str) -> None:
        heard.append(words)
        if stop_at in words:
            raise Stopped("Stopped by you.")

    source = OfExperiment(library.id)
    with pytest.raises(Stopped, match="Stopped by you"):
        build_training_data(library.store, library.settings, source, "sft", report=hear)
    assert heard[0].startswith("Reading") and stop_at in heard[-1]
