"""Says what improving prompts brought: each improved prompt against the one it began with, on held-out ones.
Knows nothing about how prompts were proposed: it reads proposals and answers that are stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from sqlmodel import col

from workbench.formatting import counted, dollars, listed, questions_text, signed, signed_interval
from workbench.space.experiment import Experiment
from workbench.store.database import Store
from workbench.store.experiments import get_experiment
from workbench.store.figures import Comparison
from workbench.store.questions import get_clusters
from workbench.store.summaries import mean_scores
from workbench.store.tables import TrialRow
from workbench.store.trials import find_trial

if TYPE_CHECKING:  # its tables take time to be made, and few pages need them
    from workbench.store.learning.prompt_proposals import ProposalRecord


@dataclass(frozen=True)
class OptimisedPrompts:
    """What one optimisation of an experiment brought."""

    experiment_id: str
    start: str
    """The label of the prompt that it began with."""
    model: str
    """The name of the model that reflected."""
    cell: str
    """Retrieval and model that the prompt was improved for, in words."""
    done: bool
    """Whether it has ended."""
    ended: str
    """Why it ended, in words; "" while it goes on."""
    calls: int
    cost_usd: float
    """US dollars of all its calls, reused ones included."""
    prompt: str | None
    """The label of the improved prompt; None where none was accepted."""
    trial: str | None
    """The id of its trial; None likewise."""
    parent_trial: str
    held_out: Comparison | None
    """The improved prompt against the first one, on held-out questions; None before both have answers."""
    versions: dict[int, str]
    """Number of a proposal → label, of those that were saved as a version."""
    proposals: tuple[ProposalRecord, ...]

    @property
    def gain_in_words(self) -> str:
        """For example "concise-optimised@1: +0.060 (+0.010 to +0.110) correctness over concise@3 on 45
        held-out questions"; "" before there is such a comparison."""
        found = self.held_out
        if found is None or found.mean is None:
            return ""
        interval = f" ({told})" if (told := signed_interval(found.low, found.high)) else ""
        return (
            f"{self.prompt}: {signed(found.mean)}{interval} {found.score} over {self.start} on "
            f"{questions_text(found.questions, found.groups, 'held-out question')}"
        )

    @property
    def in_words(self) -> str:
        """How it stands, in one or two sentences."""
        if not self.done:
            return f"{self.start} is being improved for {self.cell}."
        tried = [p for p in self.proposals if p.number and p.state != "refused"]
        refused = [p for p in self.proposals if p.state == "refused"]
        kinds = listed([f"{n} for {kind}" for kind, n in _kinds(refused).items()])
        counts = f"{counted(len(tried), 'proposal')} tried, {len(refused)} refused"
        counts += f" ({kinds})" if kinds else ""
        spent = f"{self.calls:,} calls, {dollars(self.cost_usd)}"
        if self.prompt is None:
            none = f"No better prompt than {self.start} was found for {self.cell}"
            return f"{none}: {counts}; {spent}. {self.ended}"
        gain = self.gain_in_words or f"{self.prompt} was made from {self.start}"
        return f"{gain}, for {self.cell}. {counts}; {spent}."

    def to_json(self) -> dict[str, Any]:
        plain = (
            "experiment_id", "start", "model", "cell", "done", "ended", "calls", "cost_usd", "prompt",
            "trial", "parent_trial",
        )  # fmt: skip
        found = {name: getattr(self, name) for name in plain}
        held_out = None
        if self.held_out is not None:
            names = ("score", "mean", "low", "high", "p", "questions", "groups")
            held_out = {name: getattr(self.held_out, name) for name in names}
        proposals = [asdict(p) | {"version": self.versions.get(p.number)} for p in self.proposals]
        return found | {"held_out": held_out, "in_words": self.in_words, "proposals": proposals}


def _kinds(refused: Sequence[ProposalRecord]) -> dict[str, int]:
    kinds: dict[str, int] = {}
    for proposal in refused:
        kind = str(proposal.found.get("kind", "another reason"))
        kinds[kind] = kinds.get(kind, 0) + 1
    return kinds


def find_optimised_prompts(store: Store, experiment_id: str) -> list[OptimisedPrompts]:
    """What each optimisation of an experiment brought, in order; [] where it has none."""
    from workbench.store.learning.prompt_proposals import get_proposals

    return [_read(store, experiment_id, of) for of in get_proposals(store, experiment_id).values()]


def find_optimised_named(store: Store, labels: Sequence[str]) -> list[OptimisedPrompts]:
    """The optimisations that made any of these versions of prompts, newest first."""
    from workbench.store.learning.prompt_proposals import find_optimisations_named

    found = find_optimisations_named(store, labels)
    return [_read(store, of[0].experiment_id, of) for of in found if of[0].experiment_id is not None]


def _read(store: Store, experiment_id: str, proposals: Sequence[ProposalRecord]) -> OptimisedPrompts:
    experiment = get_experiment(store, experiment_id).experiment
    found = proposals[0].found
    settings = experiment.optimise[found["entry"]]
    cell = find_trial(store, found["cell"])
    versions = {int(number): label for number, label in found.get("versions", {}).items()}
    return OptimisedPrompts(
        experiment_id=experiment_id,
        start=settings.from_.label,
        model=settings.model.name,
        cell=f"{cell.config.retrieval.label} · {cell.config.model.name}" if cell else "",
        done=bool(found["done"]),
        ended=str(found.get("ended", "")),
        calls=int(found.get("calls", 0)),
        cost_usd=float(found.get("cost_usd", 0.0)),
        prompt=versions.get(found["chosen"]) if found.get("chosen") else None,
        trial=found.get("trial"),
        parent_trial=found["parent_trial"],
        held_out=_compare(store, experiment, found, experiment_id),
        versions={number: label for number, label in versions.items() if number},
        proposals=tuple(proposals),
    )


def _compare(
    store: Store, experiment: Experiment, found: Mapping[str, Any], experiment_id: str
) -> Comparison | None:
    """The improved prompt's trial against that of the first one, on held-out questions."""
    from workbench.analysis.significance import compare_pair, make_score_table

    trial_id, parent_id, score = found.get("trial"), found["parent_trial"], found["score"]
    if trial_id is None:
        return None
    with store.read() as session:
        means = mean_scores(session, "holdout", [score], col(TrialRow.id).in_([trial_id, parent_id]))
    cells = [(trial, question, mean) for trial, question, _, mean in means]
    maximize = experiment.objective.wants_more(score)
    table = make_score_table(score, cells, get_clusters(store, experiment_id), maximize=maximize)
    if not {trial_id, parent_id} <= set(table.trial_ids):
        return None
    return compare_pair(table, trial_id, parent_id)
