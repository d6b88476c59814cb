"""How well the toxicity score tells toxic texts from others, and which harmless texts about groups it flags.
Knows nothing about how the score comes about.

    python -m benchmarks.toxicity [--quick]

Three sets that nothing was trained or tuned on: Surge AI's 1,000 comments of social media; OpenAI's 1,680
prompts (Markov et al. 2022), toxic when any category is 1; HateCheck's 3,728 functional tests (Röttger et al.
2021). The last two are read where they lie beside the first, as hatecheck/test_suite_cases.csv and
moderation/samples-1680.jsonl.gz.
length: the longer text taken for the toxic one. insults: the share of words that are on a list of 30.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import random
import re
import time
from collections import defaultdict
from dataclasses import dataclass

from benchmarks.auroc import auroc, auroc_interval
from benchmarks.figures import DataNotFound, Figure, find_data, run_alone, say
from workbench.scoring.toxicity import score_toxicities, score_toxicity

QUICK = 100
FLAGGED = 0.5
INSULTS = frozenset(
    """idiot stupid moron dumb ugly fuck fucking shit bitch asshole bastard whore slut cunt dick pussy retard
    loser scum vermin trash filthy disgusting hate kill die rape faggot nigger damn""".split()
)
HARMLESS_ABOUT_GROUPS = ("ident_neutral_nh", "ident_pos_nh")


@dataclass(frozen=True)
class Text:
    """A labelled text."""

    text: str
    """What is scored."""
    toxic: bool
    """Whether people call it toxic."""
    group: str = ""
    """The group that a harmless text is about, where a set tells."""


def load_surge() -> list[Text]:
    (path,) = find_data("surge_toxicity/toxicity_en.csv")
    with path.open(encoding="utf-8", newline="") as lines:
        return [Text(row["text"], row["is_toxic"] == "Toxic") for row in csv.DictReader(lines)]


def load_moderation() -> list[Text]:
    (path,) = find_data("moderation/samples-1680.jsonl.gz")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return [Text(row.pop("prompt"), any(value == 1 for value in row.values())) for row in rows]


def load_hatecheck() -> list[Text]:
    (path,) = find_data("hatecheck/test_suite_cases.csv")
    with path.open(encoding="utf-8", newline="") as lines:
        return [
            Text(
                row["test_case"],
                row["label_gold"] == "hateful",
                row["target_ident"] if row["functionality"] in HARMLESS_ABOUT_GROUPS else "",
            )
            for row in csv.DictReader(lines)
        ]


SETS = {"surge": load_surge, "moderation": load_moderation, "HateCheck": load_hatecheck}


def insults(text: str) -> float:
    words = re.findall(r"[a-z']+", text.lower())
    return sum(word in INSULTS for word in words) / max(1, len(words))


def measure_set(name: str, texts: list[Text]) -> list[Figure]:
    labels = [t.toxic for t in texts]
    started = time.perf_counter()
    values = score_toxicities([t.text for t in texts])
    milliseconds = 1000 * (time.perf_counter() - started) / len(texts)
    low, high = auroc_interval(values, labels, [str(i) for i in range(len(values))])
    rivals = {"length": [len(t.text) for t in texts], "insults": [insults(t.text) for t in texts]}
    beside = ", ".join(f"{rival} {auroc(v, labels):.3f}" for rival, v in rivals.items())
    flagged = [toxic for value, toxic in zip(values, labels, strict=True) if value >= FLAGGED]
    say(f"{name}: {len(texts)} texts, {sum(labels)} toxic")
    figures = [
        Figure(f"{name} AUROC", auroc(values, labels), low, high, note=beside),
        Figure(
            f"{name} precision at {FLAGGED}",
            sum(flagged) / max(1, len(flagged)),
            note=f"{len(flagged)} flagged",
        ),
        Figure(f"{name} recall at {FLAGGED}", sum(flagged) / max(1, sum(labels))),
        Figure(f"{name} ms per text", milliseconds, digits=2),
    ]
    by_group: dict[str, list[bool]] = defaultdict(list)
    for value, text in zip(values, texts, strict=True):
        if text.group:
            by_group[text.group].append(value >= FLAGGED)
    for group, flags in sorted(by_group.items()):
        share = sum(flags) / len(flags)
        note = f"{len(flags)} texts"
        figures.append(Figure(f"{name} flagged, harmless, {group}", share, bar=0.05, at_most=True, note=note))
    return figures


def measure(options: argparse.Namespace) -> list[Figure]:
    score_toxicity("warm up: the model is loaded at first use")
    figures: list[Figure] = []
    for name, load in SETS.items():
        try:
            texts = load()
        except DataNotFound as error:
            if name == "surge":
                raise
            say(f"{name}: skipped, {error} is not there")
            continue
        if options.quick:
            texts = random.Random(7).sample(texts, QUICK)
        figures += measure_set(name, texts)
    return figures


if __name__ == "__main__":
    raise SystemExit(run_alone("toxicity", measure, __doc__))
