"""Whatever a source says, in whatever order and however often it fails, nothing is lost in silence.
Knows nothing about real sources: this one says what hypothesis makes up."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.corpus.corpus import load_corpus
from workbench.corpus.snapshot import hash_of, read_snapshot
from workbench.errors import CorpusError
from workbench.operating_system import is_portable_file_name
from workbench.sources.document_naming import Names, name_of_url, safe_path
from workbench.sources.fetching import fetch_into
from workbench.sources.types import Counted, Event, Failed, Gone, Got, Remark, Same

KEYS = ("a", "b", "c", "d")
Said = str | tuple[str, int]
"""What the source says of a document: "fails", "gone", or its name and the number of its content."""


@dataclass
class MadeUp:
    """A source that says what it is told to."""

    says: Mapping[str, Said]
    is_incomplete: bool
    marks: bool

    async def read(self, known: Mapping[str, str]) -> AsyncGenerator[Event, None]:
        yield Counted(len(self.says))
        if self.is_incomplete:
            yield Remark("a part is missing", is_incomplete=True)
        for key, said in self.says.items():
            if said == "fails":
                yield Failed(key, "fails")
            elif said == "gone":
                yield Gone(key, "gone")
            else:
                name, number = said
                mark = f"{name} {number}" if self.marks else ""
                yield Same(key) if mark and known.get(key) == mark else Got(key, name, _content(number), mark)


def _content(number: int) -> bytes:
    return f"# Text\n\nThis is the content of number {number}.\n".encode()


contents = st.tuples(st.sampled_from(("x.md", "y.md", "more/x.md", "x.txt")), st.integers(0, 2))
rounds = st.lists(
    st.builds(
        MadeUp,
        st.dictionaries(st.sampled_from(KEYS), st.one_of(st.sampled_from(("fails", "gone")), contents)),
        st.booleans(),
        st.booleans(),
    ),
    min_size=1,
    max_size=5,
)


@settings(max_examples=30)
@given(rounds)
def test_every_document_is_as_the_source_said_last_or_is_said_to_be_gone(rounds: list[MadeUp]) -> None:
    with tempfile.TemporaryDirectory() as place:
        corpus = Path(place) / "own"
        (corpus / "documents").mkdir(parents=True)
        (corpus / "documents" / "mine.md").write_text("Mine.")
        expected: dict[str, int] = {}  # key → the content that it should have
        for source in rounds:
            before = read_snapshot(corpus)
            has_some = any(isinstance(said, tuple) for said in source.says.values())
            try:
                fetched = asyncio.run(fetch_into(corpus, source, "same"))
            except CorpusError:
                assert not has_some and read_snapshot(corpus) == before
                continue
            assert has_some
            said_gone = {key for key, said in source.says.items() if said == "gone"}
            unsaid = set() if source.is_incomplete else set(expected) - set(source.says)
            expected = {key: n for key, n in expected.items() if key not in said_gone | unsaid}
            expected |= {key: said[1] for key, said in source.says.items() if isinstance(said, tuple)}
            after = read_snapshot(corpus)
            assert after is not None and after == fetched.snapshot
            assert {d.key: d.sha256 for d in after.documents} == {
                k: hash_of(_content(n)) for k, n in expected.items()
            }
            for document in after.documents:
                assert hash_of((corpus / "documents" / document.document).read_bytes()) == document.sha256
            on_disk = {
                p.relative_to(corpus / "documents").as_posix() for p in (corpus / "documents").rglob("*.*")
            }
            assert on_disk == {d.document for d in after.documents} | {"mine.md"}
            lost = {d.document for d in before.documents} - on_disk if before else set()
            assert lost <= {name for name, _ in fetched.gone}
            failing = {key for key, said in source.says.items() if said == "fails"}
            assert {problem.where for problem in fetched.problems} >= failing
            assert not (corpus / ".fetch").exists()
        assert (corpus / "documents" / "mine.md").read_text() == "Mine."
        assert len(load_corpus(corpus, Path(place)).documents) == len(expected) + 1


@given(st.text(max_size=300), st.lists(st.text(max_size=200), min_size=1, max_size=4))
def test_a_name_never_leaves_its_folder_and_every_system_takes_it(query: str, steps: list[str]) -> None:
    for name in (safe_path(steps), name_of_url("https://a.example/" + "/".join(steps) + "?" + query, ".md")):
        parts = name.split("/")
        assert parts and all(is_portable_file_name(part) and not part.startswith(".") for part in parts), name
        assert ".." not in parts and not PurePosixPath(name).is_absolute()


@given(st.lists(st.sampled_from(("a.md", "A.md", "a-2.md", "b/a.md", "c")), max_size=12))
def test_no_two_documents_share_a_name(names: list[str]) -> None:
    taken = Names(["a.md"])
    given_names = [taken.take(name) for name in names]
    assert len({name.casefold() for name in given_names} - {"a.md"}) == len(names)
