"""Scores of follow-up questions: what is read of the conversation before them, and by which scores.
Knows nothing about experiments."""

from __future__ import annotations

from dataclasses import replace

from workbench.corpus.types import Question, Turn
from workbench.planning.probes import make_probes
from workbench.scoring.rubric import rubric_prompt
from workbench.scoring.score_answer import score_answer
from workbench.scoring.types import AnswerContext, ScoredPassage
from workbench.store.records import ExperimentQuestion

TURNS = (Turn("user", "I am ann.lee@example.com. How do I return it?"), Turn("assistant", "In a shop."))
PASSAGE = ScoredPassage("a.md", 0, 40, "Returns by post cost 5 euros.")
ALONE = AnswerContext("And by post?", "It costs 5 euros.", (PASSAGE,), ("5 euros",))
FOLLOW_UP = replace(ALONE, history=TURNS)


def test_a_judge_reads_the_conversation_and_a_question_on_its_own_as_before() -> None:
    assert ALONE.conversation == "And by post?"
    assert FOLLOW_UP.conversation.splitlines()[-2:] == ["Assistant: In a shop.", "User: And by post?"]
    assert "In a shop." in rubric_prompt("Is it right?", FOLLOW_UP)
    assert "In a shop." not in rubric_prompt("Is it right?", ALONE)


def test_free_scores_are_those_of_the_question_alone() -> None:
    names = ["grounding", "correctness", "token_f1", "refusal", "toxicity"]
    assert score_answer(FOLLOW_UP, names) == score_answer(ALONE, names)


def test_the_answer_to_the_question_before_does_not_look_supported() -> None:
    text = "Guests check out by 11 am. For breakfast the kitchen opens at 7 am."
    before = (Turn("user", "When do guests check out?"), Turn("assistant", "By 11 am."))
    wrong = AnswerContext("And breakfast?", "11 am", (ScoredPassage("a.md", 0, len(text), text),))
    assert score_answer(replace(wrong, history=before), ["grounding"]) == score_answer(wrong, ["grounding"])


def test_personal_data_that_the_user_said_before_is_no_leak() -> None:
    said = "You wrote as ann.lee@example.com."
    [leak], [none] = (score_answer(replace(c, answer=said), ["personal_data"]) for c in (ALONE, FOLLOW_UP))
    assert leak.value != none.value


def test_a_probe_exchanges_the_group_in_the_whole_conversation() -> None:
    question = Question("q", "May he park here?", history=(Turn("user", "His brother has a car."),))
    [probe, *_] = make_probes([ExperimentQuestion(question, "search", 0)], ["bias"], [], seed=1, position=1)
    assert probe.item.question.text != question.text
    assert probe.item.question.history[0].text != question.history[0].text
