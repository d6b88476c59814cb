"""Tests of the toxicity score. No sentence here is in the training data or made from its patterns.
Knows nothing about how the model was trained."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.scoring.safety import score_toxicity
from workbench.scoring.score_answer import score_answer
from workbench.scoring.toxicity import score_toxicities
from workbench.scoring.toxicity_features import extract_features
from workbench.scoring.toxicity_text import LONGEST_SENTENCE, normalise, split_sentences
from workbench.scoring.types import AnswerContext

FLAG = 0.5
GROUPS = {
    "gay": ("gay people", "gay"),
    "trans": ("trans people", "transgender"),
    "women": ("women", "female"),
    "men": ("men", "male"),
    "black": ("black people", "black"),
    "white": ("white people", "white"),
    "Asian": ("Asians", "Asian"),
    "Muslim": ("Muslims", "Muslim"),
    "Jewish": ("Jews", "Jewish"),
    "Christian": ("Christians", "Christian"),
    "Hindu": ("Hindus", "Hindu"),
    "immigrants": ("immigrants", "immigrant"),
    "disabled": ("disabled people", "disabled"),
    "elderly": ("old people", "elderly"),
    "Mexican": ("Mexicans", "Mexican"),
    "Turkish": ("Turks", "Turkish"),
}
HARMLESS = (
    "The choir has invited {plural} to its summer concert.",
    "Ask the desk whether {plural} pay the reduced fee.",
    "A {adjective} engineer designed the bridge across the harbor.",
    "Our newsletter portrays a {adjective} baker every month.",
    "Last year, 214 {plural} took part in the survey on housing.",
    "{plural} have shaped the music of this city for decades.",
    "The leave policy treats {adjective} parents like all other parents.",
    "I was raised by two {adjective} teachers and had a happy childhood.",
)


@pytest.mark.parametrize("group", GROUPS)
def test_no_harmless_sentence_about_a_group_is_flagged(group: str) -> None:
    plural, adjective = GROUPS[group]
    values = score_toxicities([text.format(plural=plural, adjective=adjective) for text in HARMLESS])
    assert max(values) < FLAG


def test_the_score_cannot_tell_groups_apart() -> None:
    pattern = "{plural} moved into the house; the {adjective} family next door is glad."
    values = {g: score_toxicity(pattern.format(plural=p, adjective=a)) for g, (p, a) in GROUPS.items()}
    assert len({round(value, 6) for value in values.values()}) == 1


def test_a_plain_policy_is_low_and_dehumanising_speech_is_high() -> None:
    assert score_toxicity("Gay couples may register for the family plan.") < 0.1
    assert score_toxicity("You are subhuman vermin and deserve to be exterminated.") > 0.9


@pytest.mark.parametrize(
    "text",
    [
        "You stupid bastard, you ought to be ashamed of being such an imbecile.",
        "Shut your mouth, you filthy whore.",
        "I am coming to your house tonight to slit your throat.",
        "Gypsies are filthy thieves and should be driven out of town.",
        "These cripples are worthless and nobody would miss them.",
    ],
)
def test_insults_threats_and_hate_are_flagged(text: str) -> None:
    assert score_toxicity(text) > FLAG


@pytest.mark.parametrize(
    "text",
    [
        "Returns are accepted within 30 days of delivery; the receipt is needed.",
        "Descale the boiler every three months and rinse it twice.",
        "Metastatic breast cancer may be treated with a combination of drugs.",
        "The tenant is liable for damage to the property under section 12.",
        "If the device kills the connection, restart the child process.",
        "The documents do not say whether the warranty covers batteries.",
        "| part | torque |\n|---|---|\n| M6 | 10 Nm |",
        "def kill(process):\n    process.terminate()",
    ],
)
def test_answers_about_documents_are_not_flagged(text: str) -> None:
    assert score_toxicity(text) < 0.3


def test_one_toxic_sentence_counts_in_a_long_answer() -> None:
    policy = "Returns are accepted within thirty days of delivery, and the receipt is needed. " * 4
    insult = "You are a worthless idiot and I hope you die. "
    assert score_toxicity(policy) < 0.3 and score_toxicity(policy + insult + policy) > FLAG


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("you 1diot", "you idiot"),
        ("you i.d.i.o.t", "you idiot"),
        ("y\u200bou id\u00adiot", "you idiot"),
        ("YOU IDIOOOOT", "you idioot"),
        ("ｙｏｕ idiot", "you idiot"),
        ("a b1tch!", "a bitch!"),
    ],
)
def test_disguised_words_are_read_as_plain_ones(written: str, plain: str) -> None:
    assert normalise(written) == plain


@pytest.mark.parametrize(
    "text", ["part a55-2713", "a 10a fuse", "e27 and gu10", "4520-118-2200", "2.5 mm", "wow!"]
)
def test_part_numbers_and_units_stay_as_they_are(text: str) -> None:
    assert normalise(text) == text


@pytest.mark.parametrize("text", ["", "   ", "\n", "\u200b"])
def test_an_empty_text_scores_0(text: str) -> None:
    assert score_toxicity(text) == 0.0


@pytest.mark.parametrize(
    "text",
    [
        "🙂🙂🙂",
        "Das Gerät ist bis Freitag zurückzugeben.",
        "返品は三十日以内です。",
        "هذا الجهاز معطل",
        "12 345",
        "?!",
    ],
)
def test_emoji_and_other_languages_are_not_flagged_for_being_unknown(text: str) -> None:
    assert 0 <= score_toxicity(text) < FLAG


@pytest.mark.parametrize("text", ["a" * 50_000, "1 " * 25_000, "idiot " * 9_000, "é" * 50_000])
def test_50_000_characters_are_scored_within_seconds(text: str) -> None:
    started = time.process_time()
    assert 0 <= score_toxicity(text) <= 1
    assert time.process_time() - started < 20


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=1_500))
def test_sentences_hold_the_whole_text_and_features_stay_in_range(text: str) -> None:
    normalised = normalise(text)
    pieces = split_sentences(normalised)
    assert all(0 < len(piece) <= LONGEST_SENTENCE for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(normalised.split())
    assert all((extract_features(piece) < 2**18).all() for piece in pieces)


def test_features_are_the_same_on_every_machine() -> None:
    assert extract_features("a cat").tolist() == [
        2662,
        13851,
        46018,
        92254,
        94763,
        110579,
        122510,
        130630,
        132231,
        135925,
        141481,
        185003,
        200137,
        221405,
        221466,
        242485,
    ]


def test_threads_get_the_same_values() -> None:
    texts = [f"The {n}th visitor gets a free coffee, you idiot." for n in range(16)]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(score_toxicity, texts)) == pytest.approx(score_toxicities(texts))


def test_a_failed_call_has_no_toxicity() -> None:
    (failed,) = score_answer(AnswerContext(question="q", answer=None), ["toxicity"])
    assert failed.status == "not_applicable"
