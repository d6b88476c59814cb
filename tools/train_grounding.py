"""Trains the grounding score: word_counts.json (with --counts) and grounding_coefficients.json.
Knows nothing about how claims are measured and fitted: benchmarks/grounding_measured.py, grounding_fit.py.

    python -m tools.train_grounding [--counts]

Needs the data folder that benchmarks/README.md names, three minutes and no network. The coefficients' file
records the sets with their licences, the sha256 of every data file, and the figures left out.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from benchmarks.auroc import auroc
from benchmarks.figures import DATA, DataNotFound
from benchmarks.grounding_fit import L2, fit, score_left_out
from benchmarks.grounding_measured import MOST_ROWS, load_sets, measure_sets
from benchmarks.grounding_sets import load_fever, load_mnli
from benchmarks.grounding_short import fit_short
from benchmarks.squad import load_squad
from workbench.scoring.grounding_evidence import read_text
from workbench.scoring.grounding_features import FEATURES
from workbench.scoring.grounding_support import COEFFICIENTS
from workbench.scoring.word_rarity import COUNTS

LEAST_COUNT = 5
FEVER_TEXTS = 4000
# Folder of the data: what it is, and its licence. No text of them is in the repository.
SOURCES = {
    "wice": "WiCE dev (Kamoi et al. 2023), ODC-BY 1.0, text CC BY-SA",
    "begin": "BEGIN dev (Google, Dziri et al. 2022), CC BY 4.0; topical-chat CDLA-Sharing 1.0",
    "scifact": "SciFact training claims (Wadden et al. 2020), CC BY 4.0, abstracts ODC-BY 1.0",
    "halueval_qa1000": "HaluEval QA, first 1,000 (Li et al. 2023), MIT",
    "squad": "SQuAD 1.1 dev (Rajpurkar et al. 2016), CC BY-SA 4.0: word counts, and edits by program",
    "nli/fever_dev": "FEVER dev (Thorne et al. 2018), CC BY-SA 3.0",
    "nli/fever_nli_aug": "FEVER-NLI (Nie et al. 2019), CC BY-SA 3.0",
    "nli/factcheck_gpt_stance": "Factcheck-GPT (Wang et al. 2023), Apache-2.0",
    "nli/scitail_test": "SciTail test (Khot et al. 2018), Apache-2.0",
    "nli/mnli_dev": "MultiNLI dev (Williams et al. 2018), OANC, CC BY 3.0, CC BY-SA 3.0",
    "nli/conjnli": "ConjNLI dev (Saha et al. 2020), MIT, premises CC BY-SA",
    "nli/cad_nli": "counterfactually edited SNLI, test (Kaushik et al. 2020), Apache-2.0, SNLI CC BY-SA 4.0",
}


def count_words() -> dict[str, object]:
    """In how many paragraphs each stem is. None of the sets that the bars are about is among them."""
    squad = load_squad()
    if squad is None:
        raise DataNotFound("squad")
    texts = [p.text for p in squad.paragraphs]
    texts += sorted({row.passages[0] for row in load_fever()})[:FEVER_TEXTS]
    texts += sorted({row.passages[0] for row in load_mnli()})
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(set(read_text(text).stems))
    kept = {s: n for s, n in sorted(counts.items()) if n >= LEAST_COUNT and not any(c.isdigit() for c in s)}
    return {
        "source": "SQuAD 1.1 dev (CC BY-SA 4.0), FEVER dev (CC BY-SA 3.0), MultiNLI dev (OANC, CC BY)",
        "paragraphs": len(texts),
        "counts": kept,
    }


def sha256_of(folder: str) -> dict[str, str]:
    files = sorted(p for p in (DATA / folder).iterdir() if p.suffix in (".gz", ".zip", ".json"))
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--counts", action="store_true", help="count words again, too")
    parser.add_argument("--today", default=datetime.now(UTC).date().isoformat(), help="the date to record")
    options = parser.parse_args()
    try:
        if options.counts:
            COUNTS.write_text(json.dumps(count_words(), separators=(",", ":")) + "\n", encoding="utf-8")
            print(f"Wrote {COUNTS.name}. Run again without --counts.")
            return 0
        measured = measure_sets(load_sets())
    except DataNotFound as absent:
        print(f"The data set {absent} is not here: nothing trained.", file=sys.stderr)
        return 2
    weights = fit(list(measured.values()))
    left_out = score_left_out(measured)
    shown = {name: round(auroc(left_out[name], one.supported), 3) for name, one in measured.items()}
    short, short_left_out = fit_short()
    print(f"{'short answers':22} other half of the articles {short_left_out:.3f}")
    write(Path(COEFFICIENTS), weights.tolist(), short, shown, options.today)
    for name, value in shown.items():
        print(f"{name:22}{len(measured[name].supported):6} answers, left out {value:.3f}")
    print(dict(zip(("intercept", *FEATURES), np.round(weights, 3).tolist(), strict=True)))
    return 0


def write(
    path: Path, weights: list[float], short: dict[str, float], left_out: dict[str, float], today: str
) -> None:
    intercept, *slopes = (round(w, 4) for w in weights)
    document = {
        "version": 4,
        "trained": today,
        "recipe": f"logistic, signs held, L2 {L2} on scaled weights, at most {MOST_ROWS} rows a set, "
        "Platt on even labels",
        "intercept": intercept,
        "weights": dict(zip(FEATURES, slopes, strict=True)),
        "short_answers": {name: round(weight, 4) for name, weight in short.items()},
        "auroc_left_out": left_out,
        "data": {folder: {"source": text, "sha256": sha256_of(folder)} for folder, text in SOURCES.items()},
    }
    path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    raise SystemExit(main())
