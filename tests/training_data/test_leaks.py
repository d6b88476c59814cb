"""No search or held-out question, and no near copy of one, gets into any file of training data.
Knows nothing about how they are kept out."""

from __future__ import annotations

import json
import re
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.training_data.books import FACTS, UNANSWERABLE, Library
from workbench.corpus.types import Turn
from workbench.settings import Settings
from workbench.training_data.build import build_training_data
from workbench.training_data.formats import SHAPES
from workbench.training_data.types import OfHome
from workbench.training_data.write import write_training_data

KEPT_OUT = [q for _, _, q, _, part in FACTS if part != "train"] + [
    q for q, part in UNANSWERABLE if part != "train"
]
NUMBERS = count()
CHANGES = {
    "same": lambda q: q,
    "lower": str.lower,
    "upper": str.upper,
    "title": str.title,
    "spaces": lambda q: "  ".join(q.split()) + " ",
    "no question mark": lambda q: q.rstrip("?"),
    "please": lambda q: f"Please, {q[0].lower()}{q[1:]}",
    "and": lambda q: f"And {q}",
    "typeset": lambda q: q.replace("'", "’").replace(" ", "\u00a0", 1),
    "plural": lambda q: re.sub(r"\b(film|card|attic|room)s?\b", r"\1s", q),
}
copies = st.tuples(st.sampled_from(KEPT_OUT), st.lists(st.sampled_from(sorted(CHANGES)), max_size=3))


def _copy(question: str, changes: list[str]) -> str:
    for change in changes:
        question = CHANGES[change](question)
    return question


def plain(text: str) -> str:
    return " ".join(re.findall(r"[a-z0-9']+", text.replace("’", "'").replace("\u00a0", " ").lower()))


@pytest.fixture(scope="module")
def where(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("leaks")


@pytest.fixture(scope="module")
def shared(where: Path) -> Library:
    from tests.conftest import PROJECT

    (where / "home").mkdir()
    (where / "experiments").mkdir()
    prompts = (PROJECT / "experiments" / "prompts.yaml").read_bytes()
    (where / "experiments" / "prompts.yaml").write_bytes(prompts)
    return Library(Settings(where / "home", where / "none", where / "experiments", 0.10, "tester"), where)


@settings(max_examples=4, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(copies, st.sampled_from(["asked", "imported", "earlier", "chosen"])), min_size=2, max_size=8
    )
)
def test_no_file_holds_a_question_that_is_kept_out_or_its_copy(
    shared: Library, where: Path, leaks: list[tuple[tuple[str, list[str]], str]]
) -> None:
    run = next(NUMBERS)
    said = []
    for number, ((question, changes), way) in enumerate(leaks):
        name, text = f"leak-{run}-{number}", _copy(question, changes)
        said.append(text)
        if way == "asked":
            shared.rate(shared.serve(name, text, "Yes."), 1, text, "Yes.", better="No.")
            shared.rate(shared.serve(f"{name}-b", text, "Never."), -1, text, "Never.")
        elif way == "imported":
            shared.rate(name, 1, text, "A novel may be kept for 21 days.", rater="phoenix")
        elif way == "earlier":
            history = (Turn("user", text), Turn("assistant", "Yes."))
            shared.serve(name, f"And what of novel {name}?", "Yes.", history=history)
            shared.rate(name, 1, f"And what of novel {name}?", "Yes.", history=history)
        else:
            sides = [(shared.serve(f"{name}-{side}", text, answer), answer) for side, answer in ("ab", "bc")]
            shared.choose(sides[0], sides[1], text)
    shared.rate(shared.serve("fine", "May I keep a novel?", "Yes."), 1, "May I keep a novel?", "Yes.")
    shared.rate(shared.serve("poor", "May I keep a novel?", "No."), -1, "May I keep a novel?", "No.")
    documents = plain(" ".join(sentence for _, sentence, *_ in FACTS))
    for kind in ("sft", "dpo", "kto"):
        data = build_training_data(shared.store, shared.settings, OfHome(), kind)  # type: ignore[arg-type]
        # One format in turn: their rows are the same.
        formats = [f for f, k in SHAPES if k == kind]
        write_training_data(data, formats[run % len(formats)], where / "out", overwrite=True)
        for file in (where / "out").glob("train.*"):
            written = plain(json.dumps([_texts(line) for line in _rows(file)], ensure_ascii=False))
            for text in [*KEPT_OUT, *said]:
                assert plain(text) in documents or plain(text) not in written


def _rows(file: Path) -> list[object]:
    text = file.read_text()
    return json.loads(text) if file.suffix == ".json" else [json.loads(x) for x in text.splitlines()]  # type: ignore[no-any-return]


def _texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [value.replace("\n", " ")]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for one in inner for text in _texts(one)]
