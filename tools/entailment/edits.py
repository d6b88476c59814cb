"""All rules together: the edits of a sentence that no longer follow from it, and those that still do.
Knows nothing about data sets and evidence. The same sentence and seed give the same edits."""

from __future__ import annotations

import random
from collections.abc import Sequence

from tools.entailment.additions import advice, apposition, conjunct
from tools.entailment.contradictions import (
    clauses,
    date,
    directions,
    name,
    negation,
    number,
    opposite,
    rank,
    roles,
    unit,
)
from tools.entailment.edit import Edit, Rule
from tools.entailment.scopes import condition, only, scope, weaker

RULES: tuple[Rule, ...] = (
    number, unit, date, name, roles, directions, clauses, opposite, negation, rank, scope, only, condition,
    advice, weaker, conjunct, apposition,
)  # fmt: skip


def edit_all(text: str, chance: random.Random, names: Sequence[str]) -> list[Edit]:
    """One edit by each rule that applies; none that changes nothing.

    names: names of the same document, to exchange names for.
    """
    found = [rule(text, chance, names) for rule in RULES]
    return [e for e in found if e is not None and e.text.strip() != text.strip() and len(e.text) > 10]
