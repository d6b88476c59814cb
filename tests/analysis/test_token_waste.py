"""Settings that cost tokens without effect are named; those whose tokens buy something are not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from workbench.analysis.significance import ScoreTable
from workbench.analysis.token_waste import find_token_waste

QUESTIONS = tuple(f"q{n}" for n in range(300))


def tables(gain: float, *, copies: int = 1) -> tuple[ScoreTable, ScoreTable, dict[str, dict[str, Any]]]:
    """Two prompts × top_k 4 and 8: eight passages take twice the tokens and are right more often by `gain`."""
    draw = np.random.default_rng(2)
    unique = len(QUESTIONS) // copies
    base = np.tile((draw.random(unique) < 0.6).astype(float), copies)
    helped = np.tile(draw.random(unique) < gain, copies)
    facts, values, tokens = {}, [], []
    for prompt in ("short", "long"):
        for top_k in (4, 8):
            facts[f"{prompt} {top_k}"] = {"prompt": prompt, "top_k": top_k, "model": "m"}
            values.append(np.where(helped & (top_k == 8), 1.0, base))
            tokens.append(np.full(len(QUESTIONS), 100.0 * top_k + (30 if prompt == "long" else 0)))
    clusters = {q: f"c{n % unique}" for n, q in enumerate(QUESTIONS)}
    ids = tuple(facts)
    scores = ScoreTable("correctness", ids, QUESTIONS, np.array(values), named_clusters=clusters)
    return scores, ScoreTable("tokens_per_answer", ids, QUESTIONS, np.array(tokens), False, False), facts


def test_passages_without_effect_are_named() -> None:
    [found] = find_token_waste(*tables(0.0))
    assert (found["axis"], found["from"], found["to"], found["configurations"]) == ("top_k", 8, 4, 2)
    assert found["tokens_saved"] == pytest.approx(400) and 0.4 < found["share_saved"] < 0.5
    assert found["sentence"].startswith(
        "Top k: 8 → 4 saves 400 tokens an answer (49%), and correctness changes by +0.000"
    )


def test_passages_that_help_are_not() -> None:
    assert find_token_waste(*tables(0.2)) == []


def test_copies_of_questions_are_no_evidence() -> None:
    assert find_token_waste(*tables(0.0, copies=10)) == []


def test_the_model_is_no_matter_of_tokens_and_costs_are_no_score() -> None:
    scores, tokens, facts = tables(0.0)
    by_model = {id_: {"model": f"{f['top_k']}", "prompt": f["prompt"]} for id_, f in facts.items()}
    assert find_token_waste(scores, tokens, by_model) == []
    assert find_token_waste(tokens, tokens, facts) == []
