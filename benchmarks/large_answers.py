"""Answers of one experiment that nobody gave: rankings, calls, answers and scores, drawn by a seed.
Knows nothing about writing them: it hands over the store's own records."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

from benchmarks.large_texts import DECLINED, Author, Corpus
from workbench.corpus.types import Question
from workbench.fingerprint import fingerprint
from workbench.store.ratings import seen_key
from workbench.store.records import (
    CallRecord,
    NewAnswer,
    PassageRecord,
    RankingRecord,
    ScoreRecord,
    TrialRecord,
)

SCORES = ("grounding", "correctness", "retrieval_recall", "refusal", "helpful")
JUDGED = SCORES[-1]
FAILED_SHARE, REUSED_SHARE, NEAR_SHARE = 0.01, 0.09, 0.8
ERRORS = (("timeout", "No answer within 60 seconds."), ("server", "The server said 500: out of memory."))
WHY_WEAK = "Few of its words are in the passages."
NO_ANSWER = "There is no answer: the call failed."


class Respondent:
    """What an experiment's trials say to its questions. new_calls: those not yet taken by `take_calls`."""

    def __init__(
        self, experiment_id: str, corpus: Corpus, questions: Sequence[Question], author: Author, seed: int
    ) -> None:
        self._id = experiment_id
        self._random = random.Random(seed)
        self._corpus = corpus
        self._questions = questions
        self._replies = {
            q.id: author.replies(f"It costs {(q.answers or ('nothing',))[0]}.") for q in questions
        }
        self._sentence = author.sentence()
        self._hard = {q.id: self._random.gauss(0, 0.2) for q in questions}
        self._good: dict[str, float] = {}
        self._rankings: dict[tuple[str, str], RankingRecord] = {}
        self._earlier: dict[str, CallRecord] = {}
        self._judged: set[str] = set()
        self._calls: list[CallRecord] = []

    def rank(self, trials: Sequence[TrialRecord]) -> tuple[list[RankingRecord], list[PassageRecord]]:
        """A ranking for each retrieval setting and question, and the passages that they name."""
        passages = [p for own in self._corpus.passages.values() for p in own]
        retrievals = {t.config.retrieval.label: t.config.retrieval for t in trials}
        for label, retrieval in retrievals.items():
            for question in self._questions:
                near = self._near(question) if self._random.random() < NEAR_SHARE else []
                others = self._random.sample(passages, min(len(passages), retrieval.top_k + 1))
                chosen = list({p.key: p for p in (*near, *others)}.values())[: retrieval.top_k]
                items = tuple((p.key, 1 / (n + 1)) for n, p in enumerate(chosen))
                key = fingerprint("ranking", self._id, label, question.id)
                self._rankings[label, question.id] = RankingRecord(key, items, 0.004, 0.0)
        return list(self._rankings.values()), passages

    def _near(self, question: Question) -> list[PassageRecord]:
        return [
            p
            for span in question.evidence
            for p in self._corpus.passages[span.document]
            if p.start <= span.start < p.end
        ]

    def take_calls(self) -> list[CallRecord]:
        """The calls that the answers since the last time have made."""
        taken, self._calls = self._calls, []
        return taken

    def answer(self, trial: TrialRecord, question: Question, part: str) -> NewAnswer:
        ranking = self._rankings[trial.config.retrieval.label, question.id]
        failed = self._random.random() < FAILED_SHARE
        earlier = self._earlier.get(question.id)
        reused = not failed and earlier is not None and self._random.random() < REUSED_SHARE
        call = None if failed else earlier if reused else self._ask(trial, question)
        keys = [key for key, _ in ranking.items]
        seen = seen_key(question.text, call.text if call else "", keys)
        kind, error = self._random.choice(ERRORS) if failed else (None, "")
        return NewAnswer(
            trial_id=trial.id, question_id=question.id, repeat=0, part=part,
            state="failed" if failed else "ok", ranking_key=ranking.key, passages=len(keys),
            call_key=call.key if call else None, reused=reused,
            seen=seen, refused=call is not None and call.text == DECLINED,
            cost_usd=call.cost_usd if call else None, seconds=call.seconds if call else 60.0,
            tokens=call.input_tokens + call.output_tokens if call else 0, error=error, error_kind=kind,
            scores=tuple(self._scores(trial, question, call, seen)),
        )  # fmt: skip

    def _ask(self, trial: TrialRecord, question: Question) -> CallRecord:
        text = self._random.choice(self._replies[question.id])
        key = fingerprint("call", self._id, trial.config.id, question.id)
        call = self._call("generate", key, trial.config.model.name, text, self._random.randint(300, 900))
        self._earlier[question.id] = call
        return call

    def _call(self, kind: str, key: str, model: str, text: str, tokens: int) -> CallRecord:
        out = max(1, len(text) // 4)
        call = CallRecord(
            key=key, kind=kind, model_name=model, model_key=model, outcome="ok", text=text,
            input_tokens=tokens, output_tokens=out, seconds=self._random.lognormvariate(-0.5, 0.5),
            cost_usd=(0.2 * tokens + 0.6 * out) / 1e6, experiment_id=self._id,
        )  # fmt: skip
        self._calls.append(call)
        return call

    def _scores(
        self, trial: TrialRecord, question: Question, call: CallRecord | None, seen: str
    ) -> Iterator[ScoreRecord]:
        """One of each name. A failed answer is not correct, and nothing else applies to it."""
        good = self._good.setdefault(trial.id, self._random.gauss(0.55, 0.12)) + self._hard[question.id]
        for name in SCORES:
            key = fingerprint("score", name, seen)
            if call is None:
                wrong = name == "correctness"
                yield ScoreRecord(
                    name, key, 0.0 if wrong else None, "ok" if wrong else "not_applicable", NO_ANSWER
                )
                continue
            value = min(1.0, max(0.0, self._random.gauss(good, 0.25)))
            reason, detail = "As measured against the reference.", {}
            if name == "grounding":
                reason, detail = "2 of 2 claims lack support.", self._claims(call.text, value)
            elif name == JUDGED:
                reason, detail = "One can act on it.", self._verdict(key)
            elif name != "correctness":
                value = float(value > 0.4)
            yield ScoreRecord(name, key, value, "ok", reason, detail)

    def _claims(self, text: str, value: float) -> dict[str, object]:
        """As the grounding score leaves them for the page that shows the answer."""
        half = len(text) // 2
        return {
            "claims": [
                {
                    "start": start, "end": end, "support": round(value, 4), "passage": 0,
                    "sentence": self._sentence, "sentence_start": 0, "sentence_end": len(self._sentence),
                    "reason": WHY_WEAK, "reasons": [WHY_WEAK],
                }
                for start, end in ((0, half), (half, len(text)))
            ]
        }  # fmt: skip

    def _verdict(self, key: str) -> dict[str, object]:
        """A judge is asked once about what looks the same."""
        new = key not in self._judged
        if new:
            self._judged.add(key)
            self._call("judge", fingerprint("judge", self._id, key), "judge", '{"score": 1}', 700)
        facts = {"judge": "judge", "key": "as-made", "calls": 1, "made": int(new), "cost_usd": 0.00014}
        return {"judging": facts | {"seconds": 0.6}}
