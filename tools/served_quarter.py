"""Writes the requests of a served winner into a store, drawn by a seed: for tests and screenshots of Watch.
Knows nothing about how answers are made: nobody is asked."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tools.running_app import App
from workbench.corpus.corpus import Corpus, load_corpus
from workbench.corpus.types import Question
from workbench.settings import Settings
from workbench.ship.export import export_winner
from workbench.ship.service import service_of
from workbench.ship.winner import read_winner
from workbench.store.database import Store, open_home_store
from workbench.store.experiments import get_experiment
from workbench.store.ratings import put_rating, seen_key
from workbench.store.records import PassageRecord, Rating
from workbench.store.serving.alarms import list_alarms, raise_alarm
from workbench.store.serving.checks import finish_check, start_check
from workbench.store.serving.records import Alarm, ServedRequest, ServedScore, Service
from workbench.store.serving.requests import add_requests
from workbench.store.serving.services import put_service

DAY = 86_400.0
SHORT_DAYS = 10
INVENTED = "The board confirmed this again last week."
NEW = (
    "Can the machine be rented by the month for a trade fair?",
    "Do you lend a demo machine to schools?",
    "What does a month of rental cost for an office of twenty people?",
    "Is there a rental contract without a deposit?",
)
"""Questions that no document answers, which people begin to ask when the service changes."""


@dataclass(frozen=True)
class Quarter:
    """What is drawn."""

    start: float
    """When the first request is asked, in Unix seconds."""
    days: int = 90
    per_day: int = 200
    change: int = 60
    """The day from which on the answers are worse and new questions are asked."""
    ungrounded: tuple[float, float] = (0.08, 0.24)
    """The share of answers with an invented claim, before and after the change."""
    new: float = 0.10
    """The share of new questions after the change."""
    thumbs: float = 0.04
    """The share of answers that people rate."""
    seed: int = 7


def make_services(store: Store, experiment_id: str, trials: Sequence[str], folder: Path) -> list[Service]:
    """The services that these trials of an experiment are, exported into the folder; not stored yet."""
    experiment = get_experiment(store, experiment_id)
    corpus = Path(experiment.corpus_path)
    made = []
    for number, trial in enumerate(trials, start=1):
        path = folder / f"served-{number}.yaml"
        export_winner(store, experiment_id, out=path, trial_id=trial)
        winner = read_winner(path)
        made.append(service_of(winner, path=path, corpus_path=corpus, corpus_version=winner.corpus.hash))
    return made


def make_served(
    settings: Settings, experiment_id: str, trials: Sequence[str], folder: Path
) -> dict[str, str]:
    """Write a short quarter of two trials of an experiment; returns what the views' addresses need.

    trials: the one that is served, and the one in its shadow.
    """
    store = open_home_store(settings)
    first, second = make_services(store, experiment_id, trials, folder)
    corpus = load_corpus(get_experiment(store, experiment_id).experiment.corpus, settings.corpora)
    quarter = Quarter(time.time() - SHORT_DAYS * DAY, SHORT_DAYS, 24, SHORT_DAYS // 2, thumbs=0.2)
    write_quarter(store, first, corpus, quarter, second)
    [alarm] = list_alarms(store, first.id)
    return {"service": first.id, "alarm": str(alarm.id)}


def make_gate(app: App, trials: Sequence[str]) -> dict[str, str]:
    """Hold the first trial against the second, by stored answers; return what the view's address needs."""
    done = app.command("gate", trials[0], "--against", trials[1], "--json")
    return {"gate": str(json.loads(done.stdout)["id"])}


def write_quarter(
    store: Store, service: Service, corpus: Corpus, quarter: Quarter, other: Service | None = None
) -> list[ServedRequest]:
    """Store the service with its requests, thumbs, checks and one alarm; returns the requests.

    other: a service that answers a tenth of the requests in the shadow, and better.
    """
    draw = random.Random(quarter.seed)
    for one in filter(None, [service, other]):
        put_service(store, replace(one, created_at=quarter.start))
    made, shadows = [], []
    for day in range(quarter.days):
        for number in range(quarter.per_day):
            at = quarter.start + (day + number / quarter.per_day) * DAY
            request = _request(draw, service, corpus, quarter, day, f"{service.id}-{day}-{number}", at)
            made.append(request)
            if other is not None and number % 10 == 0 and request.state == "ok":
                shadows.append(_shadow(draw, other, request))
    for start in range(0, len(made), 2_000):
        with store.write() as session:
            add_requests(session, made[start : start + 2_000])
    with store.write() as session:
        add_requests(session, shadows)
    for request in made:
        if request.state == "ok" and draw.random() < quarter.thumbs:
            _rate(draw, store, request)
    _checks(store, service, quarter)
    _alarm(store, service, quarter, made)
    return made


def _request(
    draw: random.Random, service: Service, corpus: Corpus, quarter: Quarter, day: int, name: str, at: float
) -> ServedRequest:
    changed = day >= quarter.change
    version = ("new-" if changed else "") + service.corpus_version
    if draw.random() < 0.004:
        return ServedRequest(
            name, service.id, at, draw.choice(corpus.questions).text, state="failed",
            error="The model's server did not answer within 60 s.", error_kind="timeout",
            corpus_version=version, seconds=60.0,
        )  # fmt: skip
    is_new = changed and draw.random() < quarter.new
    question = Question(f"new-{name}", draw.choice(NEW)) if is_new else draw.choice(corpus.questions)
    declines = is_new and draw.random() < 0.6 or question.answerable is False
    ungrounded = not declines and (is_new or draw.random() < quarter.ungrounded[changed])
    answer, claims = _answer(question, declines, ungrounded)
    passages = _passages(draw, corpus, question)
    scores = (
        ServedScore("grounding", None, "not_applicable", "The answer declines.")
        if declines
        else ServedScore(
            "grounding", round(sum(c["support"] for c in claims) / len(claims), 3), "ok",
            detail={"claims": claims},
        ),
        ServedScore(
            "novelty", draw.uniform(0.96, 1.0) if is_new else draw.uniform(0.1, 0.95), "ok",
            detail={"nearest": question.id, "tags": list(question.tags), "cluster": "", "similarity": 0.8},
        ),
        ServedScore("toxicity", round(draw.betavariate(1, 80), 4), "ok"),
        ServedScore("personal_data", float(draw.random() < 0.006), "ok"),
    )  # fmt: skip
    tokens = draw.randint(500, 900) + (200 if changed else 0)
    seconds = draw.lognormvariate(0.3, 0.35)
    return ServedRequest(
        name, service.id, at, question.text, answer, refused=declines, passages=passages,
        user=f"user-{draw.randint(1, 400)}", seen=seen_key(question.text, answer, [p.key for p in passages]),
        corpus_version=version, served_model="answerer-1" if not changed else "answerer-2",
        cost_usd=tokens * 4e-7, input_tokens=tokens, output_tokens=draw.randint(20, 90), seconds=seconds,
        stage_seconds={"retrieve": 0.1, "generate": seconds - 0.1}, scored_at=at + 1, scores=scores,
    )  # fmt: skip


def _answer(question: Question, declines: bool, ungrounded: bool) -> tuple[str, list[dict[str, Any]]]:
    if declines:
        return "The documents do not say.", []
    first = f"{(question.answers or ('That is possible',))[0].rstrip('.')}."
    claims = [_claim(0, len(first), 0.4 if ungrounded and not question.answers else 0.93, "")]
    if not ungrounded:
        return f"{first[:-1]} [1].", [_claim(0, len(first) + 4, 0.93, "")]
    text = f"{first} {INVENTED}"
    return text, [*claims, _claim(len(first) + 1, len(text), 0.04, "No passage says this.")]


def _claim(start: int, end: int, support: float, reason: str) -> dict[str, Any]:
    return {"start": start, "end": end, "support": support, "passage": 0, "sentence": "", "reason": reason}


def _passages(draw: random.Random, corpus: Corpus, question: Question) -> tuple[PassageRecord, ...]:
    found = [(piece.places[0].document, piece.places[0].start) for piece in question.evidence[:2]]
    while len(found) < 3:
        found.append((draw.choice(corpus.documents).name, 0))
    documents = {document.name: document for document in corpus.documents}
    return tuple(_passage(documents[name].text, name, at) for name, at in dict.fromkeys(found))


def _passage(text: str, name: str, at: int) -> PassageRecord:
    start, end = max(0, at - 150), min(len(text), at + 350)
    return PassageRecord(f"{name}:{start}", name, name, start, end, None, 100, text[start:end])


def _shadow(draw: random.Random, other: Service, request: ServedRequest) -> ServedRequest:
    scores = tuple(
        replace(score, value=min(1.0, score.value + draw.uniform(-0.05, 0.15)))
        if score.name == "grounding" and score.value is not None
        else score
        for score in request.scores
    )
    return replace(
        request, id=f"{request.id}-shadow", service_id=other.id, role="shadow", shadow_of=request.id,
        scores=scores, seconds=request.seconds * 1.3, seen="",
    )  # fmt: skip


def _rate(draw: random.Random, store: Store, request: ServedRequest) -> None:
    is_bad = INVENTED in request.answer
    down = draw.random() < (0.7 if is_bad else 0.1)
    put_rating(
        store,
        Rating(
            seen=request.seen, rater=request.user, value=-1 if down else 1,
            comment="Nobody confirmed that." if down and is_bad else "", question=request.question,
            answer=request.answer, passages=tuple(p.key for p in request.passages),
            updated_at=request.asked_at + 30,
        ),
    )  # fmt: skip


def _checks(store: Store, service: Service, quarter: Quarter) -> None:
    for day in (7, 30, 90):
        if day <= quarter.days:
            worse = day >= quarter.change
            at = quarter.start + day * DAY
            check = start_check(store, service.id, day=day, corpus_version=service.corpus_version, now=at)
            finish_check(store, check.id, _found(service, day, worse), now=at + 60)


BAD = {"model": "changed", "corpus": "changed", "questions": "changed", "answers": "worse"}


def _found(service: Service, day: int, worse: bool) -> dict[str, Any]:
    """What `check --json` says, in its form."""
    said = {
        "model": [
            "40 of 40 equal requests were answered with another reply." if worse else "All are as before."
        ],
        "corpus": ["The documents changed: 1 document (faq.md) changed." if worse else "They are the same."],
        "questions": ["9% (8% to 10%) of 18,000 requests are farther from the questions of the sweep."],
        "answers": [f"Grounding fell from 0.88 to {0.81 if worse else 0.88} over 40 canaries."],
    }
    why: dict[str, Any] = {name: {"sentences": texts, "since_day": None} for name, texts in said.items()}
    if worse:
        why["answers"]["since_day"] = day
        why["answers"]["worst"] = [
            {"canary": "c1", "question": "Do you ship to Jersey?", "score": "grounding", "change": -0.5,
             "then": "Not at present [1].", "now": f"Not at present. {INVENTED}"}
        ]  # fmt: skip
    score = {"mean": 0.81, "low": 0.74, "high": 0.87, "then": 0.88}
    same = {"mean": 0.88, "low": 0.83, "high": 0.92, "then": 0.88}
    return {
        "winner": service.name,
        "day": day,
        "canaries": 40,
        "answers": 40,
        "failed": 0,
        "verdicts": dict.fromkeys(why, "unchanged") | (BAD if worse else {}),
        "why": why,
        "scores": {"grounding": score if worse else same},
    }


def _alarm(store: Store, service: Service, quarter: Quarter, made: Sequence[ServedRequest]) -> None:
    bad = [r for r in made if INVENTED in r.answer and r.asked_at >= quarter.start + quarter.change * DAY]
    if not bad:
        return
    alarm = Alarm(
        service.id, "grounding", "Grounding fell from 0.90 (0.89–0.90) to 0.83 (0.81–0.85).",
        since=quarter.start + quarter.change * DAY, sure=0.95, requests=tuple(r.id for r in bad[:10]),
        evidence={"e_value": 412.0},
    )  # fmt: skip
    raise_alarm(store, alarm, now=quarter.start + (quarter.change + 2) * DAY)
