"""One prompt's optimisation: every answer once, within calls and dollars; proposals checked and recorded.
Knows nothing about gepa, experiments or the store: it asks through `Asking`."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import replace
from typing import Any, TypeVar

from workbench.pipeline.prompt_rendering import count_prompt_tokens
from workbench.prompt_optimisation.aim import Aim
from workbench.prompt_optimisation.checks import (
    KEPT_VARIABLES,
    NO_PROMPT,
    Refused,
    TrainTexts,
    check_proposal,
    used_variables,
)
from workbench.prompt_optimisation.folds import check_gain
from workbench.prompt_optimisation.gepa_search import Candidate
from workbench.prompt_optimisation.reflection import ask_for_better, ask_to_mend, read_reflection
from workbench.prompt_optimisation.types import (
    Asking,
    LimitReached,
    Proposal,
    TrainAnswer,
    TrainQuestion,
)
from workbench.providers.types import Message
from workbench.space.prompt import Prompt
from workbench.space.prompt_optimisation import PromptOptimisation

Result = TypeVar("Result")
MOST_REFUSED = 6
"""So many unusable proposals in a row end an optimisation."""
MOST_TRIED = 8
"""So many rejected changes are named in a request for a better prompt."""
PERFECT = 0.999
"""Answers of this value need no better prompt."""
Key = tuple[str | None, str]
"""(system part, template): what a prompt is."""


class Evolution:
    """The state of one optimisation. gepa's thread calls it; what it asks runs on the event loop.

    folds: of the train questions, in their order.
    on_change: hears of each proposal once its fate is known, and of the calls so far; called in the thread.
    """

    def __init__(
        self,
        settings: PromptOptimisation,
        questions: Sequence[TrainQuestion],
        folds: Sequence[int],
        asking: Asking,
        aim: Aim,
        texts: TrainTexts,
        loop: asyncio.AbstractEventLoop,
        on_change: Callable[[Sequence[Proposal], int], None] = lambda settled, calls: None,
    ) -> None:
        self._settings = settings
        self._questions = questions
        self._folds = folds
        self._clusters = [question.cluster for question in questions]
        self._asking = asking
        self._aim = aim
        self._texts = texts
        self._loop = loop
        self._on_change = on_change
        self.first = settings.from_
        self.calls = 0
        self.cost_usd = 0.0
        self.error: BaseException | None = None
        """What ended it: LimitReached, Stopped, or a bug."""
        self.ended = ""
        """Why it ended, in words; "" while it goes on, and where nothing more was found."""
        self.refused_in_a_row = 0
        self.proposals: list[Proposal] = []
        self._answers: dict[Key, dict[int, TrainAnswer]] = {}
        self._number: dict[Key, int] = {}
        self._fold: dict[Key, int] = {}
        self._asked: Counter[tuple[Message, ...]] = Counter()
        self._settled = 0
        self._pending: Future[Any] | None = None
        self._add(self._key_of(self.first), None, "", None)

    # -- what gepa calls ---------------------------------------------------------------------------

    def next_round(self) -> bool:
        """Settle what the round before proposed. Return whether another round may begin."""
        self.settle()
        return self.error is None and self.refused_in_a_row < MOST_REFUSED

    def score(self, candidate: Candidate, questions: Sequence[int]) -> list[float]:
        key = _key(candidate)
        answers = self._answer(key, questions)
        cost = self._length_cost(key)
        return [(answers[question].value or 0.0) - cost for question in questions]

    def propose(self, candidate: Candidate, questions: Sequence[int], fold: int) -> Candidate | None:
        try:
            return self._propose(_key(candidate), questions, fold)
        except BaseException as error:  # gepa would go on
            self.error = self.error or error
            raise

    def _propose(self, parent: Key, questions: Sequence[int], fold: int) -> Candidate | None:
        answers = self._answer(parent, questions)
        shown = [answers[question] for question in questions]
        if all(answer.value is None or answer.value >= PERFECT for answer in shown):
            return None
        wanted = used_variables(self.first.system, self.first.template)
        messages = ask_for_better(
            self._prompt(parent),
            shown,
            placeholders=[name for name in KEPT_VARIABLES if name in wanted],
            aim=self._aim.in_words,
            length_price=self._settings.length_price,
            tried=self._tried(),
        )
        reply = self._reflect(messages)
        try:
            key, reason = self._read(reply, parent)
        except Refused as refused:  # asked to mend it, once
            reply = self._reflect(ask_to_mend(messages, reply, refused.why))
            try:
                key, reason = self._read(reply, parent)
            except Refused as again:
                self._refuse(reply, parent, again)
                return None
        self.refused_in_a_row = 0
        self._add(key, self._number[parent], reason, fold)
        return _candidate(key)

    def _tried(self) -> list[str]:
        """The reasons of the last proposals that were rejected, each once."""
        reasons = [p.reason for p in self.proposals if p.state == "rejected" and p.reason]
        return list(dict.fromkeys(reasons))[-MOST_TRIED:]

    def fold_of(self, candidate: Candidate) -> int | None:
        return self._fold.get(_key(candidate))

    # -- asking ------------------------------------------------------------------------------------

    def _answer(self, key: Key, questions: Sequence[int]) -> Mapping[int, TrainAnswer]:
        """The answers under a prompt, each asked once."""
        answers = self._answers.setdefault(key, {})
        missing = [question for question in dict.fromkeys(questions) if question not in answers]
        if missing:
            self._count(len(missing))
            asked = self._wait(self._asking.answer(self._prompt(key), missing, self._money_left()))
            for question, answer in zip(missing, asked, strict=True):
                answers[question] = answer
                self.cost_usd += answer.cost_usd
        return answers

    def _reflect(self, messages: tuple[Message, ...]) -> str:
        self._count(1)
        repeat = self._asked[messages]
        self._asked[messages] += 1
        text, cost = self._wait(self._asking.reflect(messages, repeat, self._money_left()))
        self.cost_usd += cost
        return text

    def _count(self, more: int) -> None:
        most = self._settings.calls_each
        if self.calls + more > most:
            self._end(
                LimitReached(f"The {most:,} calls of this optimisation leave no room for the next step.")
            )
        self.calls += more

    def _money_left(self) -> float | None:
        budget = self._settings.budget_each
        return None if budget is None else budget - self.cost_usd

    def _wait(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Run it on the event loop. The first error ends the optimisation: gepa goes on after some."""
        if self.error is not None:
            work.close()
            raise self.error
        pending: Future[Result] = asyncio.run_coroutine_threadsafe(work, self._loop)
        self._pending = pending
        try:
            return pending.result()
        except BaseException as error:
            self.error = self.error or error
            raise

    def _end(self, error: BaseException) -> None:
        self.error = self.error or error
        raise self.error

    def cancel(self) -> None:
        """End it from the event loop, whatever it waits for."""
        self.error = self.error or LimitReached("The optimisation was cut off.")
        if self._pending is not None:
            self._pending.cancel()

    # -- proposals ---------------------------------------------------------------------------------

    def _read(self, reply: str, parent: Key) -> tuple[Key, str]:
        """(the proposed prompt, its reason). Raises Refused."""
        found = read_reflection(reply)
        if found is None:
            raise Refused(NO_PROMPT, "The reply holds no template." if reply else "There is no reply.")
        system = found.system if found.system is not None and parent[0] is not None else parent[0]
        key = (system, found.template)
        check_proposal(
            *key,
            first=self.first,
            texts=self._texts,
            tokens=self._tokens(key),
            first_tokens=self._tokens(self._key_of(self.first)),
            known=self._number,
        )
        return key, found.reason

    def _refuse(self, reply: str, parent: Key, refused: Refused) -> None:
        found = read_reflection(reply)
        prompt = None
        if found is not None:
            prompt = Prompt.model_construct(
                name=self._settings.made_name, version=0, notes="",
                system=found.system or parent[0], template=found.template,
            )  # fmt: skip
        reason = found.reason if found else ""
        self.proposals.append(
            Proposal(
                len(self.proposals), self._number[parent], prompt, reason, "refused", refused.why,
                found={"kind": refused.kind},
            )
        )  # fmt: skip
        self.refused_in_a_row += 1

    def _add(self, key: Key, parent: int | None, reason: str, fold: int | None) -> None:
        number = len(self.proposals)
        self._number[key] = number
        if fold is not None:
            self._fold[key] = fold
        state = "accepted" if parent is None else "rejected"
        self.proposals.append(Proposal(number, parent, self._prompt(key), reason, state))  # type: ignore[arg-type]

    def settle(self) -> None:
        """Say what became of the proposals that were asked since, and tell."""
        self.proposals[self._settled :] = map(self._judge, self.proposals[self._settled :])
        settled, self._settled = self.proposals[self._settled :], len(self.proposals)
        self._on_change(settled, self.calls)

    def _judge(self, proposal: Proposal) -> Proposal:
        """The proposal with its state and figures, by the answers that there are."""
        if proposal.prompt is None or proposal.state == "refused":
            return proposal
        key = self._key_of(proposal.prompt)
        answers = self._answers.get(key, {})
        values = [answer.value for answer in answers.values() if answer.value is not None]
        found: dict[str, Any] = {
            "tokens": self._tokens(key),
            "length_cost": round(self._length_cost(key), 5),
            "values": {self._questions[q].id: a.value for q, a in sorted(answers.items())},
        }
        score = sum(values) / len(values) if values else None
        if proposal.parent is None:
            return replace(proposal, score=score, found=found)
        fold = self._fold[key]
        found |= {"learned_from": fold}
        if len(answers) < len(self._questions):
            why = "It did no better on the questions that it learned from."
            if len(answers) == 0 or self.error is not None:
                why = "It was not checked: the calls or dollars were used up."
            return replace(proposal, why=why, score=score, found=found)
        first = self._answers[self._key_of(self.first)]
        check = check_gain(
            {q: a.value for q, a in first.items()},
            {q: a.value for q, a in answers.items()},
            folds=self._folds,
            clusters=self._clusters,
            learned_from=fold,
            length_cost=self._length_cost(key),
        )
        found |= {
            "gain": check.gain, "low": check.low, "checked_on": check.questions,
            "folds": {str(one): gain for one, gain in check.by_fold.items()},
        }  # fmt: skip
        state = "accepted" if check.accepted else "rejected"
        return replace(proposal, state=state, why=check.in_words, score=score, found=found)  # type: ignore[arg-type]

    def _length_cost(self, key: Key) -> float:
        longer = self._tokens(key) - self._tokens(self._key_of(self.first))
        return self._settings.length_price * longer / 100

    def _tokens(self, key: Key) -> int:
        return count_prompt_tokens(f"{key[0] or ''}\n{key[1]}")

    def _prompt(self, key: Key) -> Prompt:
        if key == self._key_of(self.first):
            return self.first
        return Prompt(name=self._settings.made_name, system=key[0], template=key[1])

    @staticmethod
    def _key_of(prompt: Prompt) -> Key:
        return prompt.system or None, prompt.template


def _candidate(key: Key) -> Candidate:
    system, template = key
    return {"template": template} | ({"system": system} if system is not None else {})


def _key(candidate: Candidate) -> Key:
    return candidate.get("system"), candidate["template"]


def first_candidate(prompt: Prompt) -> Candidate:
    """The prompt as gepa begins with it."""
    return _candidate((prompt.system or None, prompt.template))
