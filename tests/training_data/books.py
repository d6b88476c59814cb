"""A corpus about books in a library, with train, search and held-out questions, and what people said of answers.
Knows nothing about what is tested."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

from tests.tiny_experiment import experiment
from workbench.api import prepare_experiment
from workbench.corpus.types import History, place_of_question
from workbench.run.creation import find_or_create
from workbench.run.open_home import open_workbench
from workbench.settings import Settings
from workbench.space.config import Config
from workbench.store.database import Store
from workbench.store.experiments import get_experiment
from workbench.store.preferences import put_preference
from workbench.store.ratings import put_rating
from workbench.store.records import PassageRecord, Preference, Rating
from workbench.store.serving.records import ServedRequest, Service
from workbench.store.serving.requests import add_requests
from workbench.store.serving.services import put_service
from workbench.store.trials import get_trials

PLACES = {"train": (0.0, 0.2), "search": (0.2, 0.7), "holdout": (0.7, 1.0)}
FACTS = [  # (document, sentence, question, answer, part)
    ("loans.md", "A novel may be kept for 21 days.", "How long may a novel be kept?", "21 days", "train"),
    ("loans.md", "A film may be kept for 3 days.", "How long may a film be kept?", "3 days", "search"),
    ("loans.md", "A late book costs 20 cents a day.", "What does a late book cost?", "20 cents a day", "train"),
    ("rooms.md", "The blue room seats twelve readers.", "How many readers fit the blue room?", "Twelve", "train"),
    ("rooms.md", "Rooms are booked at the front desk.", "Where are rooms booked?", "At the front desk", "search"),
    ("rooms.md", "The attic is locked on Sundays.", "When is the attic locked?", "On Sundays", "holdout"),
    ("cards.md", "A card is free for pupils.", "Who gets a card for free?", "Pupils", "train"),
    ("cards.md", "A lost card is replaced for 5 euros.", "What does a lost card cost?", "5 euros", "holdout"),
    ("cards.md", "Cards end after two years.", "When does a card end?", "After two years", "train"),
]  # fmt: skip
UNANSWERABLE = [("Who wrote the rules of the house?", "train"), ("What is the postman's name?", "search")]


def id_in(part: str, number: int) -> str:
    """An id whose fixed place lies in a part."""
    low, high = PLACES[part]
    names = (f"{part}{number}-{n}" for n in range(1000))
    return next(name for name in names if low <= place_of_question(name) < high)


def write_books(folder: Path) -> None:
    """Write the corpus."""
    (folder / "documents").mkdir(parents=True)
    documents: dict[str, list[str]] = {}
    rows = []
    for number, (document, sentence, question, answer, part) in enumerate(FACTS):
        documents.setdefault(document, []).append(sentence)
        rows.append({
            "id": id_in(part, number), "question": question, "answer": [answer, sentence],
            "evidence": [{"document": document, "quote": sentence}],
        })  # fmt: skip
    for number, (question, part) in enumerate(UNANSWERABLE, start=len(FACTS)):
        rows.append({"id": id_in(part, number), "question": question, "answerable": False})
    for name, sentences in documents.items():
        sections = "\n\n".join(f"## Part {n}\n\n{text}" for n, text in enumerate(sentences, start=1))
        (folder / "documents" / name).write_text(f"# {name[:-3].title()}\n\n{sections}\n")
    (folder / "questions.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))


class Library:
    """A home with an experiment over the corpus, and ways to say things about answers."""

    def __init__(self, settings: Settings, folder: Path, **fields: object) -> None:
        write_books(folder / "corpora" / "books")
        self.settings = replace(settings, corpora=folder / "corpora")
        self.store: Store = open_workbench(self.settings)
        given = {
            "name": "books", "corpus": "books", "prompts": ["cited", "short"],
            "retrieval": {
                "splitter": ["markdown"], "chunk_tokens": [32], "chunk_overlap": [0], "retriever": ["keyword"],
                "top_k": [2, 3],
            },
        }  # fmt: skip
        written = experiment(**given | fields)
        self.id = find_or_create(self.store, prepare_experiment(written, self.settings, self.store))[0]

    @property
    def corpus(self) -> Path:
        return self.settings.corpora / "books"

    @property
    def config(self) -> Config:
        """The first configuration of the experiment."""
        return get_trials(self.store, self.id)[0].config

    @property
    def today(self) -> str:
        return get_experiment(self.store, self.id).today

    def serve(self, name: str, question: str, answer: str, *, text: str = "A novel may be kept for 21 days.",
              document: str = "loans.md", history: History = ()) -> str:  # fmt: skip
        """A service answers a question from one passage; returns the key of what was seen."""
        config = self.config
        winner = {"config": config.to_json(), "corpus": {"name": "books"}}
        put_service(self.store, Service("s1", "books: cited", "winner", winner, created_at=1.0))
        passage = PassageRecord(f"p-{text}", document, "Loans", 0, len(text), None, 9, text)
        request = ServedRequest(
            name, "s1", asked_at=86_400.0, question=question, answer=answer, seen=name, passages=(passage,),
            history=history,
        )  # fmt: skip
        with self.store.write() as session:
            add_requests(session, [request])
        return name

    def rate(self, seen: str, value: int, question: str, answer: str, *, rater: str = "ada", better: str = "",
             passages: Sequence[str] = (), history: History = ()) -> None:  # fmt: skip
        """A person gives an answer a thumb."""
        rating = Rating(
            seen, rater, value, "", question, answer, tuple(passages), 0.0, history, better_answer=better
        )
        put_rating(self.store, rating)

    def choose(
        self, better: tuple[str, str], worse: tuple[str, str], question: str, rater: str = "ada",
        choice: Literal["first", "bad"] = "first", typed: str = "",
    ) -> None:  # fmt: skip
        """A person prefers one answer, or neither; each is (key of what was seen, text)."""
        put_preference(
            self.store,
            Preference(
                better[0], worse[0], rater, choice, question, better[1], worse[1], better_answer=typed
            ),
        )
