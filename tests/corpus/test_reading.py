"""Tests the readers with real files of every type, good and damaged, which are made here.
Knows nothing about questions."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from pathlib import Path

import docx
import pypdf
import pytest
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from workbench.corpus.corpus import (
    add_document_file,
    create_corpus,
    list_corpora,
    load_corpus,
    remove_document,
    restore_document,
)
from workbench.corpus.reading import load_documents
from workbench.corpus.types import Document
from workbench.errors import CorpusError


def pdf(*pages: str) -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4)
    for page in pages:
        for i, line in enumerate(page.splitlines()):
            canvas.drawString(72, 760 - 16 * i, line)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def scanned() -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4)
    canvas.rect(72, 600, 200, 100, fill=1)
    canvas.showPage()
    canvas.save()
    return out.getvalue()


def encrypted() -> bytes:
    writer = pypdf.PdfWriter(clone_from=pypdf.PdfReader(io.BytesIO(pdf("A secret."))))
    writer.encrypt("password")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def word() -> bytes:
    document = docx.Document()
    document.add_heading("Opening hours", 1)
    document.add_paragraph("We open at nine.")
    table = document.add_table(1, 2)
    table.rows[0].cells[0].text, table.rows[0].cells[1].text = "Monday", "9 to 17"
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def read(folder: Path, name: str, data: bytes | str) -> Document:
    (folder / name).write_bytes(data if isinstance(data, bytes) else data.encode())
    documents, problems = load_documents(folder)
    assert [p for p in problems if p.severity == "error"] == [] and len(documents) == 1
    return documents[0]


def test_markdown_stays_as_it_is_and_gives_its_title(tmp_path: Path) -> None:
    document = read(tmp_path, "a.md", "# Returns\n\nWithin *30 days*.\n")
    assert document.title == "Returns" and "Within *30 days*." in document.text


def test_html_loses_its_navigation_and_keeps_headings_and_tables(tmp_path: Path) -> None:
    html = (
        "<html><head><title>T</title><script>x()</script></head><body><nav>Home Prices</nav><main><h1>Hours</h1>"
        "<p>We open.</p><table><tr><td>Mon</td><td>9</td></tr></table></main><footer>Imprint</footer></body></html>"
    )
    text = read(tmp_path, "a.html", html).text
    assert "# Hours" in text and "We open." in text and "| Mon | 9 |" in text
    assert "Home" not in text and "x()" not in text and "Imprint" not in text


def test_a_pdfs_pages_are_known(tmp_path: Path) -> None:
    document = read(tmp_path, "a.pdf", pdf("The first page speaks.", "The second page answers."))
    assert document.page_at(document.text.index("first")) == 1
    assert document.page_at(document.text.index("answers")) == 2


def test_docx_gives_headings_paragraphs_and_tables_in_order(tmp_path: Path) -> None:
    text = read(tmp_path, "a.docx", word()).text
    assert text.index("Opening hours") < text.index("We open at nine.") < text.index("Monday")


def test_csv_rows_carry_their_column_names(tmp_path: Path) -> None:
    assert "name: Anna; age: 7" in read(tmp_path, "a.csv", "name,age\nAnna,7\nBen,8\n").text
    other = tmp_path / "semicolons"
    other.mkdir()
    assert "name: Anna; age: 7" in read(other, "b.csv", "name;age\nAnna;7\n").text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_text_is_read_whatever_its_encoding(tmp_path: Path, encoding: str) -> None:
    text = "Die Rückgabe im Café kostet nichts. Größe und Straße bleiben gleich.\r\n" * 5
    found = read(tmp_path, "a.txt", text.encode(encoding)).text
    assert "Rückgabe im Café" in found and "\r" not in found


@pytest.mark.parametrize(
    ("name", "make", "word"),
    [
        ("broken.pdf", lambda: pdf("A page.")[:300], "damaged"),
        ("no.pdf", lambda: b"this is no pdf at all", "not a pdf"),
        ("empty.pdf", lambda: b"", "empty"),
        ("locked.pdf", encrypted, "password"),
        ("scan.pdf", scanned, "no text"),
        ("empty.md", lambda: b"  \n", "empty"),
        ("broken.docx", lambda: b"PK\x03\x04nonsense", "not a word document"),
        ("broken.pptx", lambda: b"PK\x03\x04nonsense", "not a powerpoint presentation"),
        ("word.pptx", word, "not a powerpoint presentation"),
        ("word.xlsx", word, "not an excel workbook"),
        ("locked.xlsx", lambda: b"\xd0\xcf\x11\xe0" + bytes(600), "password"),
        ("old.xls", lambda: b"123", "save it as .xlsx"),
        ("photo.heic", lambda: b"123", "type"),
        ("binary.txt", lambda: bytes(range(256)) * 40, "text"),
    ],
)
def test_a_bad_file_is_named_and_the_rest_goes_on(
    tmp_path: Path, name: str, make: Callable[[], bytes], word: str
) -> None:
    (tmp_path / "good.md").write_text("# Good\n\nText.")
    (tmp_path / name).write_bytes(make())
    documents, problems = load_documents(tmp_path)
    assert [d.name for d in documents] == ["good.md"]
    assert [p.where for p in problems] == [name]
    assert word in problems[0].what.lower()


def test_a_200_mb_file_is_refused_without_being_read(tmp_path: Path) -> None:
    (tmp_path / "good.md").write_text("Text.")
    with (tmp_path / "huge.txt").open("wb") as out:
        out.truncate(200_000_000)
    documents, problems = load_documents(tmp_path)
    assert len(documents) == 1 and "200" in problems[0].what and "huge.txt" in problems[0].where


def test_hidden_files_and_links_that_lead_outside_are_left_alone(tmp_path: Path) -> None:
    inside = tmp_path / "documents"
    inside.mkdir()
    (tmp_path / "secret.md").write_text("Secret.")
    (inside / "good.md").write_text("Text.")
    (inside / ".hidden.md").write_text("Hidden.")
    (inside / "link.md").symlink_to(tmp_path / "secret.md")
    (inside / "loop").symlink_to(inside)
    documents, _ = load_documents(inside)
    assert [d.name for d in documents] == ["good.md"]


def test_a_folder_without_readable_documents_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="no document that can be read"):
        load_documents(tmp_path)


def test_what_was_extracted_is_kept_and_read_again_only_when_the_file_changes(tmp_path: Path) -> None:
    folder, cache = tmp_path / "documents", tmp_path / "cache"
    folder.mkdir()
    (folder / "a.pdf").write_bytes(pdf("The first text."))
    first, _ = load_documents(folder, cache)
    again, _ = load_documents(folder, cache)
    (folder / "a.pdf").write_bytes(pdf("Another text."))
    changed, _ = load_documents(folder, cache)
    assert first == again and "Another" in changed[0].text


def test_documents_are_added_removed_and_brought_back(tmp_path: Path) -> None:
    path = create_corpus(tmp_path, "mine")
    add_document_file(path, "a.md", b"# A\n\nText.")
    add_document_file(path, "b.md", b"# B\n\nText.")
    remove_document(path, "a.md")
    assert [d.name for d in load_corpus("mine", tmp_path).documents] == ["b.md"]
    restore_document(path, "a.md")
    assert len(load_corpus("mine", tmp_path).documents) == 2
    assert list_corpora(tmp_path)[0].documents == 2


@pytest.mark.parametrize("name", ["../evil.md", "a/../../evil.md", "..\\evil.md"])
def test_an_uploads_name_cannot_leave_the_folder(tmp_path: Path, name: str) -> None:
    path = create_corpus(tmp_path, "mine")
    assert add_document_file(path, name, b"Text.") == "evil.md"
    assert (path / "documents" / "evil.md").exists() and not (tmp_path / "evil.md").exists()
    with pytest.raises(CorpusError):
        remove_document(path, "../../outside.md")


def test_an_unknown_corpus_names_the_nearest(tmp_path: Path) -> None:
    create_corpus(tmp_path, "support")
    with pytest.raises(CorpusError) as caught:
        load_corpus("suport", tmp_path)
    assert "support" in str(caught.value)


def test_the_sample_corpora_are_read_without_a_problem() -> None:
    corpora = Path(__file__).parent.parent.parent / "corpora"
    harbor = load_corpus("harbor-support", corpora, strict_questions=True)
    small = load_corpus("first-steps", corpora, strict_questions=True)
    assert harbor.problems == () and small.problems == ()
    assert len(harbor.documents) >= 30 and sum(len(d.text.split()) for d in harbor.documents) >= 15_000
    assert len(harbor.questions) >= 120 and sum(not q.answerable for q in harbor.questions) >= 20
    kinds = {tag for q in harbor.questions for tag in q.tags}
    assert {"single", "multi", "numeric", "comparison", "unanswerable"} <= kinds
    assert len(small.documents) == 8 and len(small.questions) == 20


def test_a_pipe_is_left_alone_and_a_name_that_is_no_text_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "größe – ½.md").write_text("Text.")
    os.mkfifo(tmp_path / "pipe.md")
    with open(os.fsencode(tmp_path) + b"/bad\xff.md", "w") as out:  # noqa: PTH123  (a name of bytes)
        out.write("Text.")
    documents, problems = load_documents(tmp_path)
    assert [d.name for d in documents] == ["größe – ½.md"]
    assert [p.where for p in problems] == ["bad\\xff.md"] and "rename" in problems[0].what


def test_questions_are_counted_without_the_head_of_a_table_or_empty_lines(tmp_path: Path) -> None:
    path = create_corpus(tmp_path, "Größen")
    (path / "questions.csv").write_text('question,answer\n"Two\nlines?",a\nOne?,b')
    assert list_corpora(tmp_path)[0].questions == 2
    (path / "questions.jsonl").write_text('{"question": "One?"}\n\n{"question": "Two?"}')
    assert list_corpora(tmp_path)[0].questions == 2


def page_with_menu(items: int) -> str:
    return f"<body><nav>{'<a>Category of goods</a> ' * items}</nav><main><h1>Hours</h1><p>We open.</p></main>"


def test_a_large_share_left_out_is_a_warning_that_says_what(tmp_path: Path) -> None:
    (tmp_path / "shop.html").write_text(page_with_menu(100))
    (_,), (problem,) = load_documents(tmp_path)
    assert problem.where == "shop.html" and problem.severity == "warning"
    assert "characters are left out: menus (1, 1,799 characters), such as 'Category of goods" in problem.what


def test_a_short_menu_is_left_out_without_a_warning_and_counted(tmp_path: Path) -> None:
    (tmp_path / "shop.html").write_text(page_with_menu(3))
    (document,), problems = load_documents(tmp_path)
    assert problems == [] and [(o.kind, o.count, o.characters) for o in document.left_out] == [
        ("menus", 1, 53)
    ]


def test_what_was_left_out_is_kept_in_the_cache(tmp_path: Path) -> None:
    folder, cache = tmp_path / "documents", tmp_path / "cache"
    folder.mkdir()
    (folder / "shop.html").write_text(page_with_menu(100))
    first = load_documents(folder, cache)
    assert first == load_documents(folder, cache) and first[0][0].left_out != ()


def test_files_that_are_not_read_are_named_with_the_reason(tmp_path: Path) -> None:
    inside = tmp_path / "documents"
    (inside / ".old").mkdir(parents=True)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "secret.md").write_text("Secret.")
    for name in ("good.md", ".draft.md", ".DS_Store", ".old/a.md", ".old/b.md", ".old/c.png", "set.zip"):
        (inside / name).write_text("Text.")
    (inside / "link.md").symlink_to(tmp_path / "secret.md")
    (inside / "lost.md").symlink_to(tmp_path / "nowhere.md")
    (inside / "folder").symlink_to(tmp_path / "elsewhere")
    documents, problems = load_documents(inside)
    assert [d.name for d in documents] == ["good.md"]
    assert {p.where: p.what.split(";")[0] for p in problems} == {
        ".draft.md": "hidden files are not read",
        ".old (2 documents)": "hidden folders are not read",
        "folder": "links to folders are not followed",
        "link.md": "it is a link to a file outside the folder, which is not read",
        "lost.md": "it is a link to a file that does not exist",
        "set.zip": "archives (.zip) are not read",
    }
    assert {p.severity for p in problems} == {"warning"}


def test_many_files_of_a_type_that_is_not_read_are_one_problem(tmp_path: Path) -> None:
    (tmp_path / "good.md").write_text("Text.")
    for number in range(50):
        (tmp_path / f"photo{number:02}.jpg").write_bytes(b"x")
    (_,), (problem,) = load_documents(tmp_path)
    assert problem.where == "photo00.jpg and 49 more" and "'.jpg' cannot be read" in problem.what


def test_what_was_removed_is_no_problem_of_a_corpus_without_a_documents_folder(tmp_path: Path) -> None:
    for name in ("a.md", "b.md"):
        (tmp_path / name).write_text("Text.")
    remove_document(tmp_path, "a.md")
    corpus = load_corpus(tmp_path, tmp_path.parent)
    assert [d.name for d in corpus.documents] == ["b.md"] and corpus.problems == ()


def test_documents_of_one_title_are_told_apart_by_their_file_names(tmp_path: Path) -> None:
    for year in (2022, 2023):
        (tmp_path / f"acme_{year}.md").write_text(f"# Annual report\n\nThe year {year}.")
    documents, _ = load_documents(tmp_path)
    assert [d.title for d in documents] == ["Annual report (acme 2022)", "Annual report (acme 2023)"]
    assert load_documents(tmp_path)[0] == documents


def test_a_document_without_a_title_has_its_readable_file_name(tmp_path: Path) -> None:
    assert read(tmp_path, "returns-eu-2025.txt", "Within 30 days.").title == "returns eu 2025"
