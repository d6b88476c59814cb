"""Makes rows of what people said: liked, disliked and better answers, choices, and pairs of a liked and a
disliked answer. Knows nothing about how their prompts are found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from workbench.corpus.types import AskedQuestion
from workbench.scoring.refusal import is_refusal
from workbench.space.tuning import Kind
from workbench.training_data.judgements import Chosen, Rated, Seen
from workbench.training_data.prompts_of_answers import Prompted
from workbench.training_data.train_questions import texts_of
from workbench.training_data.types import Origin, Row

DISAGREE = "its raters disagree evenly"
EMPTY = "the answer is empty"
SAME = "both answers are the same"
MOST_PAIRS = 4
"""How many pairs of a liked and a disliked answer one question gives."""

FindPrompt = Callable[[Seen, bool], Prompted | str]
"""(answer, whether it is to be learnt) → its prompt, or why there is none."""
FindId = Callable[[AskedQuestion], str]


@dataclass(frozen=True)
class RowMaker:
    """Makes rows of answers with verdicts."""

    find_prompt: FindPrompt
    find_id: FindId
    refused: Counter[str]
    """Counts what was left out, by reason."""

    def make(self, kind: Kind, rated: Sequence[Rated], chosen: Sequence[Chosen]) -> Iterator[Row]:
        """The rows of a kind."""
        if kind == "dpo":
            yield from self._corrected(rated)
            yield from self._choices(chosen)
            yield from self._verdicts(rated)
            return
        for one in rated:
            if one.votes > 0:
                yield from self._row(one.seen, one.seen.answer, "liked answer", True, kind)
            elif one.votes < 0 and kind == "kto":
                yield from self._row(one.seen, one.seen.answer, "disliked answer", False, kind)
            elif one.votes == 0:
                self.refused[DISAGREE] += 1
            for better in one.better:
                yield from self._row(one.seen, better, "better answer", True, kind)
        for pair in chosen:
            for better in pair.typed:
                yield from self._row(pair.better, better, "better answer", True, kind)

    def _corrected(self, rated: Sequence[Rated]) -> Iterator[Row]:
        for one in rated:
            if one.votes <= 0:
                for better in one.better:
                    yield from self._row(
                        one.seen, better, "corrected answer", True, "dpo", rejected=one.seen.answer
                    )

    def _choices(self, chosen: Sequence[Chosen]) -> Iterator[Row]:
        for one in chosen:
            rejected = one.worse if one.votes else one.better
            for better in one.typed:
                yield from self._row(
                    one.better, better, "corrected answer", True, "dpo", rejected=rejected.answer
                )
            if one.votes == 0:
                self.refused[DISAGREE] += bool(one.voters)
                continue
            yield from self._row(
                one.better, one.better.answer, "choice", True, "dpo", rejected=one.worse.answer
            )

    def _verdicts(self, rated: Sequence[Rated]) -> Iterator[Row]:
        """Each disliked answer below a liked one to the same question."""
        liked: dict[AskedQuestion, list[Seen]] = {}
        for one in rated:
            if one.votes > 0:
                liked.setdefault(one.seen.asked, []).append(one.seen)
        pairs: Counter[AskedQuestion] = Counter()
        for one in rated:
            good = liked.get(one.seen.asked, [])
            if one.votes < 0 and good and pairs[one.seen.asked] < MOST_PAIRS:
                better = good[pairs[one.seen.asked] % len(good)]
                pairs[one.seen.asked] += 1
                yield from self._row(better, better.answer, "verdict", True, "dpo", rejected=one.seen.answer)

    def _row(
        self, seen: Seen, answer: str, origin: Origin, good: bool, kind: Kind, *, rejected: str = ""
    ) -> Iterator[Row]:
        """The row, or none: then it is counted why."""
        if not answer or (kind == "dpo" and not rejected):
            self.refused[EMPTY] += 1
            return
        if answer == rejected:
            self.refused[SAME] += 1
            return
        learnt = Seen(seen.key, seen.asked, answer, seen.passages)
        prompted = self.find_prompt(learnt, good)
        if isinstance(prompted, str):
            self.refused[prompted] += 1
            return
        rendered = prompted.rendered
        yield Row(
            rendered.messages, answer, origin, self.find_id(seen.asked), seen.asked.text, prompted.document,
            rejected=rejected, liked=good if kind == "kto" else None, declines=is_refusal(answer),
            passages=texts_of(rendered.hits), setting=rendered.setting,
            instructions=rendered.instructions,
            model=prompted.model if answer == seen.answer else "",
        )  # fmt: skip
