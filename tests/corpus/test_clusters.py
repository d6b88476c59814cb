"""Which questions count as one. Knows nothing about statistics."""

from __future__ import annotations

from workbench.corpus.clusters import LONGEST_SECTION, count_groups, find_clusters
from workbench.corpus.sections import read_sections, section_starts
from workbench.corpus.types import Document, Evidence, Question

MANUAL = Document(
    "manual.md", "Manual",
    "# Manual\n\nKeep it.\n\n## Pump\n\nThe pump needs 3 bar.\n\nIt is red.\n\n## Valve\n\nThe valve is closed.\n",
    "markdown",
)  # fmt: skip


def about(id_: str, document: Document, words: str, **more: str) -> Question:
    start = document.text.index(words)
    return Question(id_, "A?", evidence=(Evidence(document.name, start, start + len(words)),), **more)  # type: ignore[arg-type]


def whole(id_: str, document: Document) -> Question:
    return Question(id_, "A?", evidence=(Evidence(document.name, 0, len(document.text), whole=True),))


def test_questions_about_one_section_are_one_cluster() -> None:
    bar, red, valve = (about(w, MANUAL, w) for w in ("3 bar", "red", "closed"))
    found = find_clusters([bar, red, valve], [MANUAL])
    assert found["3 bar"] == found["red"] != found["closed"]
    assert count_groups([*found.values()]) == 2


def test_a_group_goes_before_the_section_and_joins_what_lies_apart() -> None:
    bar, valve, red = (
        about("bar", MANUAL, "3 bar", group="facts"),
        about("valve", MANUAL, "closed", group="facts"),
        about("red", MANUAL, "red"),
    )
    found = find_clusters([bar, valve, red], [MANUAL])
    assert found["bar"] == found["valve"] != found["red"]
    assert find_clusters([Question("u", "A?", answerable=False, group="u1")], [])["u"] == "group u1"


def test_questions_without_evidence_and_of_missing_documents_stand_alone() -> None:
    gone = Question("gone", "A?", evidence=(Evidence("gone.md", 0, 3),))
    assert find_clusters([Question("bare", "A?"), gone], [MANUAL]) == {}
    assert count_groups(["", ""]) is None and count_groups(["", "a", "a"]) == 2


def test_a_whole_document_is_a_section_where_it_has_only_one() -> None:
    short = Document("short.md", "Short", "The tank holds two litres.", "text")
    found = find_clusters(
        [whole("s", short), about("q", short, "two litres"), whole("m", MANUAL)], [short, MANUAL]
    )
    assert found["s"] == found["q"] and "m" not in found


def test_in_a_long_section_the_paragraph_stands_for_it_and_in_a_csv_file_the_row() -> None:
    text = "\n\n".join(f"Paragraph {n}. " + "Words follow here. " * 20 for n in range(30))
    long = Document("long.txt", "Long", text, "text")
    assert len(text) > LONGEST_SECTION
    one, same, other = (about(w, long, w) for w in ("Paragraph 3.", "3. Words", "Paragraph 4."))
    found = find_clusters([one, same, other, whole("w", long)], [long])
    assert found[one.id] == found[same.id] != found[other.id]
    assert "w" not in found
    table = Document("prices.csv", "Prices", "item: tea; price: 3\nitem: milk; price: 2\n", "csv")
    tea, three, milk = (about(w, table, w) for w in ("tea", "3", "milk"))
    rows = find_clusters([tea, three, milk], [table])
    assert rows["tea"] == rows["3"] != rows["milk"]


def test_sections_begin_where_they_are_read() -> None:
    for kind in ("markdown", "text"):
        document = Document(MANUAL.name, MANUAL.title, MANUAL.text, kind)
        read = [section.start for section in read_sections(document)]
        assert set(read) <= set(section_starts(document)) and section_starts(document)[0] == 0
