"""Trains what `short` answers are cut out with, on half of SQuAD 1.1 dev's articles.
Knows nothing about the other half, on which it then measures itself.

    python -m tools.train_phrases

Writes workbench/providers/embedded/variants/phrases/phrases.json. SQuAD is CC BY-SA 4.0 (Rajpurkar et al.).
"""

from __future__ import annotations

import json
import sys
from collections import Counter

import numpy as np

from benchmarks.squad import Squad, SquadQuestion, load_squad, sample
from workbench.providers.embedded.fitting import RankingCase, fit_weights
from workbench.providers.embedded.phrases import PHRASE_FEATURES, PHRASES_FILE, phrase_rows, shorten
from workbench.text import normalize_squad, split_sentences


def answering_sentence(question: SquadQuestion, squad: Squad) -> str | None:
    start, text = question.answers[0]
    for span in split_sentences(squad.paragraphs[question.home].text):
        if span.start <= start and start + len(text) <= span.end:
            return span.text
    return None


def cases_of(questions: list[SquadQuestion], squad: Squad) -> list[RankingCase]:
    cases = []
    for question in questions:
        sentence = answering_sentence(question, squad)
        if sentence is None:
            continue
        phrases, rows = phrase_rows(question.text, sentence)
        wanted = {normalize_squad(text) for _, text in question.answers}
        good = np.array([normalize_squad(phrase) in wanted for phrase in phrases], dtype=bool)
        cases.append(RankingCase(question.id, rows, good, 1.0, answerable=True))
    return cases


def token_f1(said: str, references: list[str]) -> float:
    best = 0.0
    for reference in references:
        a, b = normalize_squad(said).split(), normalize_squad(reference).split()
        common = sum((Counter(a) & Counter(b)).values())
        best = max(best, 2 * common / (len(a) + len(b)) if common else 0.0)
    return best


def main() -> int:
    squad = load_squad()
    if squad is None:
        print("The SQuAD files are not here: nothing trained.", file=sys.stderr)
        return 2
    cases = cases_of(sample(squad.questions, "train", 2500), squad)
    zero, one = np.zeros(len(PHRASE_FEATURES)), np.ones(len(PHRASE_FEATURES))
    weights = [round(float(w), 4) for w in fit_weights(cases, zero, one, 0.5, signs=False)]
    pairs = [(q, answering_sentence(q, squad)) for q in sample(squad.questions, "test", 500)]
    scored = [
        (token_f1(shorten(q.text, s, weights), refs), token_f1(s, refs))
        for q, s in pairs
        if s is not None
        for refs in [[text for _, text in q.answers]]
    ]
    phrase, sentence = (float(np.mean(column)) for column in zip(*scored, strict=True))
    content = {
        "weights": dict(zip(PHRASE_FEATURES, weights, strict=True)),
        "trained_on": {
            "description": f"SQuAD 1.1 dev, {len(cases)} questions of benchmarks/squad.py's train half",
            "licence": "CC BY-SA 4.0",
            "metrics": {
                "questions": len(scored),
                "token_f1_of_phrase": round(phrase, 3),
                "token_f1_of_sentence": round(sentence, 3),
            },
        },
    }
    PHRASES_FILE.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    print(content)
    return 0


if __name__ == "__main__":
    sys.exit(main())
