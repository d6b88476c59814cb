"""Trains the toxicity score's weights on public comments and on sentences of ours, and writes them as JSON.
Knows nothing about the product's threshold or about the sets that the score is judged by.

    python tools/train_toxicity.py DATA [--out FILE] [--leave-one-out]

DATA holds one folder for each set, with the files as published; SOURCES names them. Needs scikit-learn (extra
`test`). The same files give the same weights.
"""

from __future__ import annotations

import argparse
import base64
import csv
import hashlib
import itertools
import json
import random
import re
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, vstack
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.metrics import roc_auc_score

PROJECT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PROJECT))

from workbench.providers.embedded.encoder import EmbeddedEncoder  # noqa: E402
from workbench.scoring import toxicity_features  # noqa: E402
from workbench.scoring.toxicity_model import MODEL_FILE  # noqa: E402
from workbench.scoring.toxicity_text import LONGEST_SENTENCE, normalise  # noqa: E402

SEED = 7
MOST_OF_A_SET = 6_000
"""Texts taken of one set, so that a large one does not decide alone."""
MOST_OF_A_PATTERN = 150
"""Sentences made from one pattern of ours."""
MOST_ENCODED = 3_000
"""Texts of a set that the encoder reads: its part has 384 weights and needs fewer."""
CALIBRATING = 0.2
"""The share of each set that fits no weight: slope and intercept are fitted on it."""
HARMLESS_WEIGHT = 1.5
"""How much a harmless text weighs against a toxic one there: answers are toxic far less often."""
ABOUT_GROUPS = "toxigen"
"""The set whose harmless texts are all about groups of people."""
MOST_FLAGGED = 0.05
"""The share of them that 0.5 may flag."""
OUR_WEIGHT = 6.0
"""How much a sentence of this project weighs against one of a published set."""
ALPHA = 1e-5
"""The strength of the L2 penalty, chosen by leaving one set out at a time among 3e-6, 1e-5 and 3e-5."""
LONGEST = 2_000
"""Characters of a training text that are read."""

Labelled = Iterable[tuple[str, bool, float]]
"""Text, whether it is toxic, and its weight."""


@dataclass(frozen=True)
class Source:
    """A published set."""

    files: str
    """Its files under DATA, as a pattern."""
    licence: str
    """Its licence."""
    origin: str
    """Who published it, and where."""
    read: Callable[[Path], Labelled]
    """Reads one file."""


def _rows(path: Path) -> Iterable[dict[str, str]]:
    csv.field_size_limit(10**8)
    with path.open(encoding="utf-8", errors="replace", newline="") as lines:
        yield from csv.DictReader(lines)


def _labelled(text: str, label: str) -> Callable[[Path], Labelled]:
    def read(path: Path) -> Labelled:
        return ((row[text], row[label] == "1", 1.0) for row in _rows(path) if row[label] in ("0", "1"))

    return read


def _read_davidson(path: Path) -> Labelled:
    """Class 0 is hate, 1 offensive, 2 neither. Much of the offensive is slang, so it weighs half."""
    for row in _rows(path):
        text = re.sub(r"&#?\w+;", " ", row["tweet"]).replace("RT ", "")
        yield text, row["class"] != "2", 0.5 if row["class"] == "1" else 1.0


def _read_edos(path: Path) -> Labelled:
    """What is not sexist may be toxic in other ways, so it weighs less."""
    for row in _rows(path):
        sexist = row["label_sexist"] == "sexist"
        yield row["text"], sexist, 1.0 if sexist else 0.3


def _read_toxigen(path: Path) -> Labelled:
    """Prompts written by people, by file hateful or neutral, and generated texts rated by people, 1 to 5."""
    if path.suffix == ".json":
        for row in json.loads(path.read_text(encoding="utf-8")):
            if not 2 <= (rating := float(row["toxicity_score"])) <= 3.5:
                yield row["text"].replace("_x000D_", " "), rating > 3.5, 1.0
        return
    for part in re.split(r"\\n|\n", path.read_text(encoding="utf-8", errors="replace")):
        if len(text := part.strip().lstrip("- ").strip()) > 8:
            yield text, path.name.startswith("hate_"), 1.0


def _read_implicit_hate(path: Path) -> Labelled:
    for row in json.loads(path.read_text(encoding="utf-8")):
        yield row["text"], row["label"] == "hate", 1.0


def _read_wikipedia(path: Path) -> Labelled:
    return ((row["comment"], row["toxic"] == "True", 1.0) for row in _rows(path))


def _read_templates(path: Path) -> Labelled:
    return ((row["phrase"], row["toxicity"] == "toxic", 0.3) for row in _rows(path))


SOURCES = {
    "dynamically_generated": Source(
        "*.csv",
        "CC BY 4.0",
        "Vidgen et al. 2021, Dynamically Generated Hate Speech Dataset, in the split of Röttger et al. 2022 "
        "(paul-rottger/efficient-low-resource-hate-detection, dyn21_en)",
        _labelled("text", "label"),
    ),  # fmt: skip
    "measuring_hate_speech": Source(
        "*.csv",
        "CC BY 4.0",
        "Kennedy et al. 2020, Measuring Hate Speech, in the split of Röttger et al. 2022 (ken20_en)",
        _labelled("text", "label"),
    ),  # fmt: skip
    "davidson": Source(
        "labeled_data.csv",
        "MIT",
        "Davidson et al. 2017 (t-davidson/hate-speech-and-offensive-language)",
        _read_davidson,
    ),  # fmt: skip
    "edos": Source(
        "edos_labelled_aggregated.csv",
        "CC0 1.0",
        "Kirk et al. 2023, Explainable Detection of Online Sexism (rewire-online/edos)",
        _read_edos,
    ),  # fmt: skip
    "hatemoji": Source(
        "*.csv",
        "CC BY 4.0",
        "Kirk et al. 2022, HatemojiBuild (HannahKirk/Hatemoji)",
        _labelled("text", "label_gold"),
    ),  # fmt: skip
    "toxigen": Source(
        "*.*",
        "MIT, CDLA-Permissive 2.0",
        "Hartvigsen et al. 2022, ToxiGen (microsoft/TOXIGEN, prompts; microsoft/SafeNLP, data/toxiGen.json)",
        _read_toxigen,
    ),  # fmt: skip
    "implicit_hate": Source(
        "implicitHate.json",
        "MIT",
        "ElSherief et al. 2021, Latent Hatred (SALT-NLP/implicit-hate, as in microsoft/SafeNLP)",
        _read_implicit_hate,
    ),  # fmt: skip
    "wikipedia_talk": Source(
        "toxicity_nonfuzzed_testset.csv",
        "Apache-2.0, CC0; comments CC BY-SA 3.0",
        "Dixon et al. 2018 (conversationai/unintended-ml-bias-analysis)",
        _read_wikipedia,
    ),  # fmt: skip
    "sentence_templates": Source(
        "en_sentence_templates.csv",
        "Apache-2.0",
        "Dixon et al. 2018 (conversationai/unintended-ml-bias-analysis)",
        _read_templates,
    ),  # fmt: skip
}
OURS = "sentences of this project"
ALTERNATIVES = re.compile(r"\[([^]]+)]")


def our_sentences() -> Labelled:
    """Sentences made from the patterns of toxicity_sentences.json, and those of the shipped corpora."""
    patterns = json.loads(Path(__file__).with_name("toxicity_sentences.json").read_text(encoding="utf-8"))
    draw = random.Random(SEED)
    for kind in ("harmless", "toxic"):
        for pattern in patterns[kind]:
            filled = pattern.replace("{group}", "foreigners").replace("{kind}", "foreign")
            pieces = ALTERNATIVES.split(filled)
            choices = [piece.split("|") if i % 2 else [piece] for i, piece in enumerate(pieces)]
            made = ["".join(parts) for parts in itertools.islice(itertools.product(*choices), 2_000)]
            for text in draw.sample(made, min(MOST_OF_A_PATTERN, len(made))):
                yield text, kind == "toxic", OUR_WEIGHT
    for document in sorted((PROJECT / "corpora").glob("*/documents/*.md")):
        for text in re.split(r"(?<=[.!?])\s+|\n+", document.read_text(encoding="utf-8")):
            if len(text) > 20:
                yield text, False, 1.0


@dataclass(frozen=True)
class Examples:
    """The normalised texts of one set, those that the encoder has read first."""

    features: csr_matrix
    """A row for each text, over the hashed features."""
    vectors: NDArray[np.float32]
    """The encoder's vectors of the first texts."""
    labels: NDArray[np.bool_]
    """Whether each text is toxic."""
    weights: NDArray[np.float64]
    """How much each text weighs."""

    def __getitem__(self, part: slice) -> Examples:
        """Some of the texts that the encoder has read."""
        return Examples(self.features[part], self.vectors[part], self.labels[part], self.weights[part])


def to_examples(labelled: Labelled, encoder: EmbeddedEncoder) -> Examples:
    """Texts that are equal after normalising count once, and not at all when their labels differ."""
    texts: dict[str, tuple[set[bool], float]] = {}
    for text, toxic, weight in labelled:
        if normalised := normalise(text)[:LONGEST]:
            texts.setdefault(normalised, (set(), weight))[0].add(toxic)
    kept = [(text, *labels, weight) for text, (labels, weight) in texts.items() if len(labels) == 1]
    random.Random(SEED).shuffle(kept)
    kept = kept[:MOST_OF_A_SET]
    found = [toxicity_features.extract_features(text) for text, _, _ in kept]
    matrix = csr_matrix(
        (
            np.concatenate([np.full(len(f), 1 / max(1, len(f)) ** 0.5, np.float32) for f in found]),
            np.concatenate(found),
            np.cumsum([0, *map(len, found)]),
        ),
        shape=(len(found), toxicity_features.SIZE),
    )
    vectors = encoder.encode([text[:LONGEST_SENTENCE] for text, _, _ in kept[:MOST_ENCODED]])
    labels = np.array([toxic for _, toxic, _ in kept])
    return Examples(matrix, np.asarray(vectors), labels, np.array([weight for _, _, weight in kept]))


@dataclass(frozen=True)
class Model:
    """The two parts, whose log-odds are added."""

    words: SGDClassifier
    """Over the hashed features."""
    meaning: LogisticRegression
    """Over the encoder's vectors."""

    def log_odds(self, examples: Examples) -> NDArray[np.float64]:
        """The log-odds of the texts that the encoder has read, before calibration."""
        count = len(examples.vectors)
        words = self.words.decision_function(examples.features[:count])
        return words + self.meaning.decision_function(examples.vectors)


def fit(sets: Iterable[Examples]) -> Model:
    """Logistic regression: by averaged stochastic gradient descent over features, by L-BFGS over vectors."""
    sets = list(sets)
    words = SGDClassifier(loss="log_loss", alpha=ALPHA, max_iter=8, tol=None, average=True, random_state=SEED)
    words.fit(
        vstack([s.features for s in sets]),
        np.concatenate([s.labels for s in sets]),
        sample_weight=np.concatenate([s.weights for s in sets]),
    )
    encoded = [(s, len(s.vectors)) for s in sets]
    meaning = LogisticRegression(C=3, max_iter=500)
    meaning.fit(
        np.concatenate([s.vectors for s in sets]),
        np.concatenate([s.labels[:count] for s, count in encoded]),
        sample_weight=np.concatenate([s.weights[:count] for s, count in encoded]),
    )
    return Model(words, meaning)


def calibrate(model: Model, kept: dict[str, Examples]) -> tuple[float, float]:
    """Fit the slope and the intercept on texts that fitted no weight. Each set counts alike.

    The intercept is then lowered until 0.5 flags at most MOST_FLAGGED of the harmless texts of ABOUT_GROUPS.
    """
    labels = np.concatenate([s.labels for s in kept.values()])
    each = np.concatenate([np.full(len(s.labels), 1 / len(s.labels)) for s in kept.values()])
    weights = each * np.where(labels, 1, HARMLESS_WEIGHT) * len(labels) / len(kept)
    logits = np.concatenate([model.log_odds(s) for s in kept.values()])[:, None]
    fitted = LogisticRegression(C=1e6).fit(logits, labels, sample_weight=weights)
    slope, intercept = float(fitted.coef_[0, 0]), float(fitted.intercept_[0])
    about_groups = kept[ABOUT_GROUPS]
    harmless = slope * model.log_odds(about_groups)[~about_groups.labels] + intercept
    return slope, intercept - max(0.0, float(np.quantile(harmless, 1 - MOST_FLAGGED)))


def leave_one_out(sets: dict[str, Examples]) -> None:
    """Score each set by a model of the others and print the AUROC of each part and of their sum."""
    for name, examples in sets.items():
        if name == OURS:
            continue
        model = fit(s for other, s in sets.items() if other != name)
        count = len(examples.vectors)
        labels = examples.labels[:count]
        words = roc_auc_score(labels, model.words.decision_function(examples.features[:count]))
        meaning = roc_auc_score(labels, model.meaning.decision_function(examples.vectors))
        both = roc_auc_score(labels, model.log_odds(examples))
        print(f"{name:24} words {words:.3f}  meaning {meaning:.3f}  both {both:.3f}", flush=True)


def sources(data: Path) -> list[dict[str, object]]:
    entries = []
    for name, source in SOURCES.items():
        hashes = {
            p.name: hashlib.sha256(p.read_bytes()).hexdigest()
            for p in sorted((data / name).glob(source.files))
        }
        entries.append({"name": name, "origin": source.origin, "licence": source.licence, "sha256": hashes})
    return entries


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("data", type=Path, help="the folder of the published sets")
    parser.add_argument("--out", type=Path, default=MODEL_FILE)
    parser.add_argument(
        "--leave-one-out", action="store_true", help="print each set's AUROC by the others' model"
    )
    options = parser.parse_args()
    encoder = EmbeddedEncoder()
    sets = {}
    for name, source in SOURCES.items():
        paths = sorted((options.data / name).glob(source.files))
        if not paths:
            parser.error(f"{options.data / name} has no {source.files}")
        sets[name] = to_examples((row for path in paths for row in source.read(path)), encoder)
    sets[OURS] = to_examples(our_sentences(), encoder)
    for name, examples in sets.items():
        print(f"{name:24} {len(examples.labels):6} texts, {examples.labels.sum()} toxic", flush=True)
    if options.leave_one_out:
        leave_one_out(sets)
        return
    counts = {name: int(len(s.vectors) * CALIBRATING) for name, s in sets.items()}
    kept = {name: s[: counts[name]] for name, s in sets.items()}
    model = fit(s[counts[name] :] for name, s in sets.items())
    slope, intercept = calibrate(model, kept)
    weights = model.words.coef_[0]
    scale = float(np.abs(weights).max() / 127)
    document = {
        "about": "Weights of the toxicity score, trained by tools/train_toxicity.py.",
        "features": toxicity_features.VERSION,
        "encoder": encoder.fingerprint,
        "slope": slope,
        "intercept": intercept + slope * float(model.words.intercept_[0] + model.meaning.intercept_[0]),
        "vector_weights": [round(float(weight), 4) for weight in model.meaning.coef_[0]],
        "feature_scale": scale,
        "feature_weights": base64.b64encode(np.round(weights / scale).astype(np.int8).tobytes()).decode(),
        "sources": [*sources(options.data), {"name": OURS, "licence": "Apache-2.0"}],
    }
    options.out.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
