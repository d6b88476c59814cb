"""Rule: asks for cells of tables and of CSV files.
Knows nothing about other rules."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from workbench.corpus.sections import Place, Record, Section, Table
from workbench.drafting.types import Candidate
from workbench.drafting.verbs import is_participle
from workbench.drafting.vocabulary import PLACES, Vocabulary
from workbench.text import words

_EMPTY = frozenset(("", "-", "–", "—", "n/a", "na", "none", "?", "yes", "no", "x", "✓"))
_WORDS = re.compile(r"[A-Za-z][A-Za-z' -]*")
_ATTRIBUTES = frozenset(
    """price cost fee charge deposit number code weight power size length width height depth capacity
    temperature pressure voltage noise speed rate response target status owner author date year
    period quantity limit duration pay dose colour color volume time address email phone
    location city country capital population area distance type category version default value
    amount total score rank meaning cause remedy action reason deadline schedule frequency salary
    title role department quarter unit format material class source length penalty discount bonus
    interval age brand model product description""".split()
)
# Attributes of so many things that a question needs the heading to say of what.
_GENERAL = frozenset(
    """length number amount total value rate time date limit type quantity period duration interval level
    class size status unit format target score rank version category reason action description""".split()
)
# What a number alone tells when it is asked for by one of these, since it has no unit.
_UNITLESS = frozenset(
    """number code version year rank score ratio quantity count population index level grade id phone total
    postcode model size""".split()
)
_UNIT = re.compile(
    r"[%£$€°]|\b(?:per|in) \w+|"
    r"\b(?:kg|g|mg|km|cm|mm|ml|l|min|ms|kb|mb|gb|tb|kwh|w|v|hz|bar|tonnes|litres|percent)\b",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"[-+±~≈]?\d[\d.,\s]*")
_CURRENCIES = {"£": "pounds", "$": "dollars", "€": "euros", "GBP": "pounds", "USD": "dollars", "EUR": "euros"}
_REGIONS = {
    "North America": "North America",
    **{name: f"the {name}" for name in ("UK", "US", "USA", "EU", "United States", "Netherlands")},
}
_NOT_ASKED = re.compile(
    r"^(?:what|where|who|when|why)\b|\b(?:of|for|with|by|to|in|at|from|a|per)$|[A-Za-z]\.$", re.IGNORECASE
)
# A column that is a clause or a remark, and no name of what its cells are: "gets worse when it".
_NO_COLUMN = re.compile(
    r"(?:not?|its|their|for|in|you|we|then|use)\b|.*(?:,|\b(?:it|they|you|is|are|was|when|if|means?)\b)",
    re.IGNORECASE,
)
_NO_KEY = re.compile(r"(?:you|we|i|an?|the|not|if|for|from|in|of|to)\b", re.IGNORECASE)
# What points to another place: to another cell, or to a note.
_POINTS = re.compile(
    r"\b(?:(?:below|above)\b(?! [\d£€$])|see\b|same as\b|as for\b|as the\b)|\[\^", re.IGNORECASE
)
_MOST_COUNTED_WORDS = 2  # of a row that names what its numbers count, such as "S codes"
_LONGEST_LABEL = 60  # characters


def draft(section: Section, vocabulary: Vocabulary) -> Iterator[Candidate]:
    """Draft a question for each cell that a person would look up."""
    for table in section.tables:
        yield from _of_table(section, table, vocabulary)
    yield from _of_records(section, section.records, vocabulary)


def _of_table(section: Section, table: Table, vocabulary: Vocabulary) -> Iterator[Candidate]:
    labels = [row.cells[0] for row in table.rows if row.cells]
    evidence = section.evidence_of(table.place)
    for row in table.rows:
        if (
            len(row.cells) != len(table.header)
            or not _can_be_label(row.cells[0])
            or labels.count(row.cells[0]) > 1
        ):
            continue
        for column, cell in list(zip(table.header, row.cells, strict=True))[1:]:
            if _is_empty(cell) or not column or not _can_be_asked(column) or not _can_be_asked(row.cells[0]):
                continue
            if not _has_unit(cell, column, row.cells[0]) or _NO_COLUMN.match(column):
                continue
            place = row.place if evidence != table.place or _fits(evidence) else evidence
            inner = evidence if _fits(evidence) else row.place
            if _names_things(table.header[1:]) and not _is_thing(row.cells[0]):
                question = _ask_attribute(row.cells[0], column, len(table.header) > 2, section, vocabulary)
            else:
                question = _ask_cell(row.cells[0], table.header[0], column, cell, section, vocabulary)
            if question:
                yield Candidate("table", question, cell, place, inner, names_title=True)


def _fits(place: Place) -> bool:
    return place.end - place.start <= 2500  # characters


def _names_things(columns: Sequence[str]) -> bool:
    """Whether the columns of a table are things that its rows describe, as in a table of two models."""
    return all(_is_thing(column) for column in columns)


def _is_thing(label: str) -> bool:
    return bool(re.fullmatch(r"(?=.*[A-Z])(?=.*\d)[A-Z][\w-]*(?: [\w-]+){0,3}", label))


def _ask_attribute(
    attribute: str, thing: str, is_one_of: bool, section: Section, vocabulary: Vocabulary
) -> str:
    """Ask for an attribute of a thing that a table describes: "the weight of the Tide 2".

    is_one_of: whether the table describes other things, too.
    """
    where = f", according to “{section.title}”" if is_one_of else ""
    if not _WORDS.fullmatch(attribute) or not all(_is_noun(part) for part in attribute.split(" and ")):
        return f"What does “{section.title}” give as “{attribute}” for {_the(thing, section)}?"
    verb = "are" if " and " in attribute else "is"
    return f"What {verb} the {vocabulary.inside(attribute)} of {_the(thing, section)}{where}?"


def _bare(column: str, cell: str) -> str:
    """A column's name without what stands in brackets after it, unless that is the unit of a bare number."""
    return column if _NUMBER.fullmatch(cell) else re.sub(r"\s*\([^)]*\)$", "", column)


def _ask_cell(label: str, key: str, column: str, cell: str, section: Section, vocabulary: Vocabulary) -> str:
    """Ask for a cell by its row and column; where these say too little, by the section's heading too.

    key: the header of the column that the label stands in.
    """
    bare = _bare(column, cell)
    title = section.title
    where = f", according to “{title}”"
    if not _is_name(label):  # "below 500" of what?
        return _ask_where(label, key, column, section)
    if bare.lower() == "meaning":
        return f"What does “{label}” mean in “{title}”?"
    if bare in _CURRENCIES:
        return f"What is the price of “{label}” in {_CURRENCIES[bare]}{where}?"
    under = f" under “{section.heading}”" if section.heading else ""
    if re.fullmatch(r"(?:19|20)\d\d", bare):
        return f"What does “{title}” give for “{label}” in {bare}{under}?"
    if bare in _REGIONS or bare in PLACES:
        return f"What does “{title}” give for “{label}” in {_REGIONS.get(bare, bare)}{under}?"
    is_general = bare.lower() in _GENERAL and bool(section.heading)
    if is_general or not _WORDS.fullmatch(bare) or _is_plural(bare) or len(bare.split()) > 4:
        return f"What does “{title}” give as “{column}” for “{label}”{under}?"
    if not _is_noun(bare):
        return f"What does “{title}” give as “{column}” for “{label}”{under}?"
    return f"What is the {vocabulary.inside(bare)} for “{label}”{where}?"


def _ask_where(label: str, key: str, column: str, section: Section) -> str:
    """Ask for a cell of a row that begins with a value of its first column; "" where that has no header."""
    if not _WORDS.fullmatch(key) or not _can_be_asked(key) or _NO_KEY.match(key):
        return ""
    under = f" under “{section.heading}”" if section.heading else ""
    return f"What does “{section.title}” give as “{column}” where “{key}” is “{label}”{under}?"


def _is_name(label: str) -> bool:
    """Whether a label names the thing that its row describes, as "below 500" and "30 November" do not."""
    return bool(re.match(r"[A-Z]", label))


def _has_unit(cell: str, column: str, label: str) -> bool:
    """Whether a cell says what its number counts, or its column or row does: 3 of what?"""
    if not _NUMBER.fullmatch(cell.strip()):
        return True
    if re.search(r"\([^)]+\)$", column) or any(_UNIT.search(text) for text in (column, label)):
        return True
    is_of_row = re.fullmatch(r"(?:19|20)\d\d", column) or column in _REGIONS or _is_thing(column)
    if is_of_row and len(label.split()) > _MOST_COUNTED_WORDS:
        return False  # "Own buildings and vans": what of them is counted?
    counted = label if is_of_row else column
    last = next(iter(words(counted)[-1:]), "")
    if _is_plural(counted) or last in _UNITLESS:
        return True
    return not is_of_row and is_participle(last)  # a column of dates: "Repaired"


def _of_records(section: Section, records: Sequence[Record], vocabulary: Vocabulary) -> Iterator[Candidate]:
    if not records:
        return
    key = records[0].fields[0][0] if records[0].fields else ""
    labels = [record.fields[0][1] for record in records if record.fields]
    for number, record in enumerate(records):
        if len(record.fields) < 2 or record.fields[0][0] != key:
            continue
        label = record.fields[0][1]
        if not _can_be_label(label) or labels.count(label) > 1:
            continue
        around = records[max(0, number - 2) : number + 3]
        evidence = Place(around[0].place.start, around[-1].place.end)
        named = _named(key, label)
        for column, cell in record.fields[1:]:
            if _is_empty(cell) or not _can_be_asked(column) or not _has_unit(cell, column, ""):
                continue
            question = _ask_field(column, cell, named, section, vocabulary)
            yield Candidate("table", question, cell, record.place, evidence, names_title=True)


def _named(key: str, label: str) -> str:
    """A record by its first field: "the station Mill Square", but "North Station" as it is."""
    if not _WORDS.fullmatch(key) or key.lower() in label.lower():
        return f"“{label}”"
    return f"the {key if key.isupper() else key.lower()} {label}"


def _ask_field(column: str, cell: str, named: str, section: Section, vocabulary: Vocabulary) -> str:
    bare = _bare(column, cell)
    if _WORDS.fullmatch(bare) and _is_plural(bare) and re.fullmatch(r"\d[\d,]*", cell):
        return f"How many {vocabulary.inside(bare)} does {named} have, according to “{section.title}”?"
    if _WORDS.fullmatch(bare) and not _is_plural(bare) and len(bare.split()) <= 3 and _is_noun(bare):
        return f"What is the {vocabulary.inside(bare)} of {named}, according to “{section.title}”?"
    return f"What does “{section.title}” give as “{column}” for {named}?"


def _can_be_asked(label: str) -> bool:
    """Whether a question may quote a column or row: not "Why", "Suitable for rooms of", "US/CA reg."."""
    return not _NOT_ASKED.search(label)


def _is_noun(column: str) -> bool:
    """Whether the words of a column can follow "What is the": its last word names an attribute of things."""
    last = column.split()[-1].lower()
    return (
        last in _ATTRIBUTES
        and not {"a", "per", "of"} & set(column.lower().split())
        and column.split()[0].lower() not in ("how", "what", "where", "who", "when")
    )


def _is_plural(noun: str) -> bool:
    head = noun.split(" of ")[0].split()[-1].lower()
    return head.endswith("s") and not head.endswith(("ss", "us", "is")) or head in ("people", "children")


def _can_be_label(label: str) -> bool:
    return (
        1 < len(label) <= _LONGEST_LABEL
        and bool(re.search(r"[A-Za-z]{2}|[A-Z]\d", label))
        and "“" not in label
    )


def _is_empty(cell: str) -> bool:
    return cell.strip().lower() in _EMPTY or len(cell) > 200 or bool(_POINTS.search(cell))


def _the(thing: str, section: Section) -> str:
    """The thing with "the", where the document writes it so."""
    return f"the {thing}" if f"the {thing}".lower() in section.document.text.lower() else thing
