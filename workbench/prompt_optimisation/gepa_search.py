"""Lets gepa (Agrawal et al. 2025) evolve a prompt: the one file that imports it. It runs in a thread.
Knows nothing about how prompts are asked, checked or stored: `Evolving` does that."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

Candidate = dict[str, str]
"""Part of a prompt → its text, as gepa handles a prompt."""
MINIBATCH = 6
"""Answers that one reflection reads."""
IDLE_ROUNDS = 12
"""So many rounds without a new request end the search: nothing is left to improve."""


class Evolving(Protocol):
    """What the search needs of a prompt's optimisation. Called in the search's thread."""

    @property
    def calls(self) -> int:
        """Requests so far."""
        ...

    def next_round(self) -> bool:
        """Hear that a round has ended. Return whether another may begin."""
        ...

    def score(self, candidate: Candidate, questions: Sequence[int]) -> list[float]:
        """The value of each of these questions under a prompt, less the price of its length."""
        ...

    def propose(self, candidate: Candidate, questions: Sequence[int], fold: int) -> Candidate | None:
        """A better prompt, made from the answers to these questions of one fold; None where there is none."""
        ...

    def fold_of(self, candidate: Candidate) -> int | None:
        """The fold that a prompt learned from; None for the first prompt."""
        ...


class _Adapter:
    """Asks and reflects for gepa."""

    propose_new_texts: Callable[..., Candidate]

    def __init__(self, evolving: Evolving) -> None:
        self._evolving = evolving
        self.fold = 0
        self.propose_new_texts = self._propose

    def evaluate(self, batch: list[int], candidate: Candidate, capture_traces: bool = False) -> Any:
        from gepa import EvaluationBatch

        scores = self._evolving.score(candidate, batch)
        return EvaluationBatch(outputs=list(batch), scores=scores, trajectories=list(batch))

    def make_reflective_dataset(
        self, candidate: Candidate, batch: Any, components: Sequence[str]
    ) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        return {part: [{"question": question} for question in batch.trajectories] for part in components}

    def _propose(
        self, candidate: Candidate, dataset: Mapping[str, Sequence[Mapping[str, Any]]], components: list[str]
    ) -> Candidate:
        questions = [int(row["question"]) for row in dataset[components[0]]]
        return self._evolving.propose(candidate, questions, self.fold) or {}


class _FoldSampling:
    """Chooses the prompt to improve, and answers of one fold: that of its ancestors, so that the other folds
    stay unseen. Children of the first prompt take the folds in turn."""

    def __init__(self, adapter: _Adapter, evolving: Evolving, folds: Sequence[int], seed: int) -> None:
        self._adapter = adapter
        self._evolving = evolving
        self._random = random.Random(seed)
        self._of_fold = [[q for q, of in enumerate(folds) if of == fold] for fold in range(max(folds) + 1)]
        self._left: list[list[int]] = [[] for _ in self._of_fold]
        self._next = 0

    def sample_tasks(
        self, state: Any, candidate_selector: Any, batch_sampler: Any, trainset: Any
    ) -> list[Any]:
        from gepa.strategies.proposal_sampling import ProposalTask

        parent = candidate_selector.select_candidate_idx(state)
        candidate = state.program_candidates[parent]
        fold = self._evolving.fold_of(candidate)
        if fold is None:
            fold, self._next = self._next, (self._next + 1) % len(self._of_fold)
        self._adapter.fold = fold
        batch = self._draw(fold)
        return [ProposalTask(parent, candidate, batch, trainset.fetch(batch))]

    def _draw(self, fold: int) -> list[int]:
        """The next questions of a fold; when all were drawn they are shuffled anew."""
        wanted = min(MINIBATCH, len(self._of_fold[fold]))
        if len(self._left[fold]) < wanted:
            again = [q for q in self._of_fold[fold] if q not in self._left[fold]]
            self._random.shuffle(again)
            self._left[fold] += again
        drawn, self._left[fold] = self._left[fold][:wanted], self._left[fold][wanted:]
        return sorted(drawn)


class _Silent:
    """gepa's log, which repeats what the proposals say."""

    def log(self, message: str) -> None:
        return


def evolve(evolving: Evolving, first: Candidate, folds: Sequence[int], seed: int) -> None:
    """Search until nothing more may be asked, or nothing new is. It is the same search for the same answers.

    folds: the fold of each train question.
    """
    import gepa

    adapter = _Adapter(evolving)
    idle = [0, -1]

    def must_stop(state: Any) -> bool:
        idle[0] = idle[0] + 1 if evolving.calls == idle[1] else 0
        idle[1] = evolving.calls
        return not evolving.next_round() or idle[0] >= IDLE_ROUNDS

    gepa.optimize(
        seed_candidate=first,
        trainset=list(range(len(folds))),
        adapter=adapter,
        module_selector="all",
        sampling_strategy=_FoldSampling(adapter, evolving, folds, seed),
        stop_callbacks=must_stop,
        logger=_Silent(),
        seed=seed,
    )
