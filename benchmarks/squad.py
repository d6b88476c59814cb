"""SQuAD 1.1 dev as a retrieval set: paragraphs, questions, a split by article, hybrid retrieval.
Knows nothing about answering. The data lie outside the repository (CC BY-SA 4.0)."""

from __future__ import annotations

import hashlib
import json
import random
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from benchmarks.figures import DATA
from workbench.providers.embedded.encoder import EmbeddedEncoder
from workbench.providers.embedded.units import NumberedPassage
from workbench.providers.types import Vectors
from workbench.text import content_tokens

Half = Literal["train", "test"]
_POOL, _FUSION_K = 50, 60


@dataclass(frozen=True, slots=True)
class SquadQuestion:
    """home: index of its paragraph.  answers: (start in the paragraph, text), maybe none (SQuAD 2.0)."""

    id: str
    text: str
    article: str
    home: int
    answers: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Squad:
    paragraphs: tuple[NumberedPassage, ...]  # number is meaningless here; title is the article's
    questions: tuple[SquadQuestion, ...]  # of 1.1
    unanswerable: tuple[SquadQuestion, ...]  # of 2.0, half of its dev part


def half_of(article: str) -> Half:
    """Which half of the articles: by a hash of the title, so that no text is on both sides."""
    return "test" if hashlib.sha256(article.encode()).digest()[0] % 2 == 0 else "train"


def load_squad(folder: Path = DATA / "squad") -> Squad | None:
    """Both files, or None where the data are absent."""
    archive, second = folder / "dev-v1.1.json.zip", folder / "cs224n_dev-v2.0.json"
    if not archive.is_file() or not second.is_file():
        return None
    with zipfile.ZipFile(archive) as opened:
        articles = json.loads(opened.read(opened.namelist()[0]))["data"]
    paragraphs: list[NumberedPassage] = []
    questions: list[SquadQuestion] = []
    homes: dict[str, int] = {}
    for article in articles:
        title = article["title"]
        for paragraph in article["paragraphs"]:
            home = homes[paragraph["context"]] = len(paragraphs)
            paragraphs.append(NumberedPassage(home + 1, title.replace("_", " "), paragraph["context"]))
            for item in paragraph["qas"]:
                answers = tuple((answer["answer_start"], answer["text"]) for answer in item["answers"])
                questions.append(SquadQuestion(item["id"], item["question"], title, home, answers))
    unanswerable = [
        SquadQuestion(item["id"], item["question"], article["title"], homes[paragraph["context"]], ())
        for article in json.loads(second.read_text(encoding="utf-8"))["data"]
        for paragraph in article["paragraphs"]
        for item in paragraph["qas"]
        if item["is_impossible"] and paragraph["context"] in homes
    ]
    return Squad(tuple(paragraphs), tuple(questions), tuple(unanswerable))


def sample(questions: Sequence[SquadQuestion], half: Half, count: int, seed: int = 7) -> list[SquadQuestion]:
    inside = [question for question in questions if half_of(question.article) == half]
    return random.Random(seed).sample(inside, min(count, len(inside)))


class HybridRetriever:
    """Cosine and BM25 over all paragraphs, fused by reciprocal rank (k = 60), the best 50 of each."""

    def __init__(self, paragraphs: Sequence[NumberedPassage], encoder: EmbeddedEncoder) -> None:
        import bm25s

        self._encoder = encoder
        self._vectors: Vectors = encoder.encode([paragraph.text for paragraph in paragraphs])
        self._bm25 = bm25s.BM25()
        self._bm25.index([content_tokens(paragraph.text) for paragraph in paragraphs], show_progress=False)

    def find(self, questions: Sequence[str], top_k: int) -> list[list[int]]:
        """Indices of paragraphs for each question, best first."""
        found = []
        for question, dense in zip(questions, self._encoder.encode(questions) @ self._vectors.T, strict=True):
            stems = content_tokens(question)
            sparse = self._bm25.get_scores(stems) if stems else np.zeros(len(dense))
            fused: dict[int, float] = {}
            for ranking in (np.argsort(-dense)[:_POOL], np.argsort(-sparse)[:_POOL]):
                for rank, index in enumerate(ranking, start=1):
                    fused[int(index)] = fused.get(int(index), 0.0) + 1 / (_FUSION_K + rank)
            found.append(sorted(fused, key=lambda index: (-fused[index], index))[:top_k])
        return found
