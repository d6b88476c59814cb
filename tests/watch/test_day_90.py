"""The story of 90 days, by a simulated clock: a winner is served, and the model behind it decays from day 10.
Its requests are answered over real HTTP and scored as served ones are; it is looked at once a day, and checked as
the schedule says. Knows nothing about the tests' error rates: benchmarks/watch.py measures them."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest

from tests.facts_corpus import THINGS
from tests.protocol_server.chat import answer_from_passages
from tests.protocol_server.decay import INVENTED, Decaying
from tests.watch.conftest import Checked
from workbench.calls.open_caller import open_unattended_caller
from workbench.corpus.types import AskedQuestion
from workbench.pipeline.passages import chunk_to_record
from workbench.settings import AlarmSettings
from workbench.ship.load import load_winner
from workbench.ship.served_scores import declines, score_served
from workbench.ship.service import service_of
from workbench.store.ratings import seen_key
from workbench.store.serving.records import Alarm, ServedRequest
from workbench.store.serving.requests import add_requests, find_requests
from workbench.store.serving.services import put_service
from workbench.watch.check import DAY, exported_at, past_checks
from workbench.watch.handling import handle_alarm
from workbench.watch.look import look
from workbench.watch.schedule import find_due

BEGINS = 10.0
PER_DAY, LATER = 60, 12  # once the alarm is there, fewer requests tell the rest of the story
QUESTIONS = [
    wording.format(thing)
    for thing in THINGS
    for wording in (
        "How many kilos does the {} weigh?",
        "What is the weight of the {} in kilos?",
        "Please tell me the kilos that the {} weighs.",
    )
]


@dataclass
class Served:
    """A winner that is asked day by day, and watched."""

    checked: Checked
    decay: Decaying
    draw: random.Random = field(default_factory=lambda: random.Random(90))
    made: dict[tuple[str, bool], ServedRequest] = field(default_factory=dict)
    """(question, whether it is invented) → its request: the same model gives the same reply."""

    def __post_init__(self) -> None:
        self.store = self.checked.runner.store
        self.start = exported_at(self.checked.winner)
        self.loaded = load_winner(self.checked.path, settings=self.checked.runner.settings)
        winner, version = self.loaded.winner, self.loaded.corpus.version
        service = service_of(
            winner, path=self.checked.path, corpus_path=self.checked.corpus, corpus_version=version
        )
        self.service = put_service(self.store, replace(service, created_at=self.start))

    def live(self, day: int, per_day: int) -> None:
        """Have a day's requests answered, and make the check that is due at its end."""
        self.checked.day = day
        asked = [self.draw.choice(QUESTIONS) for _ in range(per_day)]
        asyncio.run(self._answer([q for q in asked if (q, self.decay.invents(q)) not in self.made]))
        requests = [
            replace(
                self.made[question, self.decay.invents(question)],
                id=f"d{day:02}-{number:03}",
                asked_at=self.start + (day + number / per_day) * DAY,
            )
            for number, question in enumerate(asked)
        ]
        with self.store.write() as session:
            add_requests(session, requests)
        now = self.start + (day + 1) * DAY
        due = find_due(self.start, past_checks(self.store, self.checked.winner), now)
        if due is not None and due.at <= now:
            self.checked.check(day + 1)

    def look(self, day: int) -> dict[str, Alarm]:
        """Look at the end of a day; figure → its alarm."""
        [standing] = look(self.store, AlarmSettings(), now=self.start + (day + 1) * DAY)
        return {alarm.figure: alarm for alarm in standing.alarms}

    async def _answer(self, questions: Sequence[str]) -> None:
        models, trust = self.loaded.pipeline.config.models, self.loaded.trust
        async with open_unattended_caller(self.store, models, self.checked.runner.settings, trust) as asker:
            for question in dict.fromkeys(questions):
                repeat = 1 + len(self.made)  # no stored reply answers it
                answer = await self.loaded.pipeline.answer(question, asker, repeat=repeat)
                passages = tuple(chunk_to_record(hit.chunk) for hit in answer.hits)
                request = ServedRequest(
                    "", self.service.id, 0.0, question, answer.text, passages=passages,
                    seen=seen_key(AskedQuestion(question), answer.text, [p.key for p in passages]),
                    served_model=answer.served_model, corpus_version=self.service.corpus_version,
                    cost_usd=answer.cost_usd, input_tokens=answer.usage.input, output_tokens=answer.usage.output,
                    seconds=1.0,
                )  # fmt: skip
                self.made[question, answer.text == INVENTED] = replace(
                    request, scores=score_served(request), refused=declines(request), scored_at=0.0
                )


@pytest.fixture
def served(checked: Checked) -> Served:
    decay = Decaying(lambda: checked.day, begins=BEGINS, per_day=0.05)
    checked.server.reply = decay
    checked.check(0)
    return Served(checked, decay)


def test_a_model_that_decays_is_found_within_days_and_the_alarm_is_over_when_it_is_taken_back(
    served: Served,
) -> None:
    alarms: dict[str, Alarm] = {}
    for day in range(90):
        served.live(day, LATER if "grounding" in alarms else PER_DAY)
        if "grounding" not in alarms or day % 20 == 9:  # from then on it is renewed, at each look
            before, alarms = alarms, served.look(day)
            assert day >= BEGINS or not alarms, "nothing changed yet"
            if "grounding" in alarms and "grounding" not in before:
                found_on, first = day, alarms["grounding"]

    # The alarm came within days, when one answer in five was invented. It says since when, and shows the answers.
    assert found_on <= BEGINS + 7
    assert BEGINS - 1 <= (first.since - served.start) / DAY <= found_on
    assert first.what.startswith("Grounding fell from 0.9") and first.sure >= 0.95
    shown = find_requests(served.store, first.requests)
    assert len(shown) == 10 and {request.answer for request in shown.values()} == {INVENTED}
    assert alarms["grounding"].id == first.id, "it is one alarm, however often one looks"

    # The checks say the same of the canaries, on the days for which they are due.
    checks = past_checks(served.store, served.checked.winner)
    assert [check.day for check in checks] == [0, 7, 30, 90]
    verdicts = [check.found["verdicts"] for check in checks]
    assert [(v["model"], v["answers"]) for v in verdicts] == [("unchanged", "unchanged")] * 2 + [
        ("changed", "worse")
    ] * 2
    assert {"model", "answers"} <= set(alarms)

    # The provider takes the model back; the alarms are closed, and nothing raises them again.
    served.checked.server.reply = answer_from_passages
    served.decay.most = 0.0
    for alarm in alarms.values():
        assert alarm.id is not None
        handle_alarm(served.store, alarm.id, "close", now=served.start + 90 * DAY, note="taken back")
    for day in range(90, 100):
        served.live(day, LATER)
    found = served.checked.check(100)
    assert (found["verdicts"]["model"], found["verdicts"]["answers"]) == ("unchanged", "unchanged")
    assert served.look(100) == {}
