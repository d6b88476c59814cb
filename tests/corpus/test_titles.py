"""Tests which metadata is a title, what replaces it, and how equal titles are told apart.
Knows nothing about file formats."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.corpus.readers.titles import (
    LONGEST,
    choose_title,
    distinct_titles,
    names_document,
    readable_name,
)

NO_TITLES = r"""
0000320193-22-000070
(anonymous)
No Job Name
fw4.xdp
(unspecified)
Microsoft Word - Annual report.docx
Microsoft Word - 10K 2022
Microsoft® PowerPoint - deck
PowerPoint Presentation
PowerPoint-Präsentation
Présentation PowerPoint
Presentación de PowerPoint
Apresentação do PowerPoint
Презентация PowerPoint
untitled
DSC00042
minutes-2025-10
Adobe Photoshop PDF
Untitled-1
Untitled document
Untitled Document
Document1
Document (2)
Dokument1
Book1
Sheet1
Slide 1
Slide1
report_final_v3.docx
report_final_v3
C:\Users\me\Desktop\x.doc
/home/x/y.tex
\\server\share\x
https://example.com/a
file:///var/x
Annual Report 2022 FINAL.docx
Annual Report.indd
Normal
Normal.dotm
[Document title]
Type the document title
Click to edit Master title style
<Insert title here>
Title
Document Title
Report Title
Paper Title (use style: paper title)
IEEE Paper Template in A4 (V1)
Microsoft Word Document
New Microsoft Word Document
Adobe InDesign CS5 (7.0)
Acrobat Distiller 9.0.0 (Windows)
Adobe Acrobat Pro
LaTeX with hyperref package
pdfTeX-1.40.17
Microsoft® Word for Microsoft 365
Microsoft® Word 2016
Skia/PDF m91
wkhtmltopdf 0.12.6
ReportLab Generated PDF document
iText 7.1.2
LibreOffice 7.3
PScript5.dll Version 5.2.2
Scan
Scanned Document
Scan_20210304
SKM_C224e21030411
KM_C30819061413260
IMG_2034
tmpk3j2h1x9
tmpfqolakdx
tmp.Xy12Ab
temp-1f
~wrd0001
~$nnual report
mso12AB
CamScanner 05-11-2021 15.04
20220101
2022-10-27
12/05/2021 14:33
---
...
1.2.3
d4f5a1b2c3
550e8400-e29b-41d4-a716-446655440000
{550e8400-e29b-41d4-a716-446655440000}
9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
aGVsbG8gd29ybGQgdGhpcyBpcyBhIGxvbmcgdGV4dCB0aGF0IGlz
unknown
None
null
N/A
Full page photo
Layout 1
Blank Page
about:blank
untitled - Notepad
notes.txt - Notepad
Print
Ohne Titel
Sans titre
Sin título
Без названия
無題
无标题
新建 Microsoft Word 文档
名称未設定
제목 없음
index.html
doc-2022-10-27-final
CVE-2024-12345
a320193_10k.htm
aapl-20220924
{{ title }}
${title}
John.Doe@example.com
x
��abc
Presentation1
Presentation
Crystal Reports
Template
Word template
Draft v2
final report v3
""".strip().splitlines()

TITLES = """
Annual Report 2022
Form 10-K
Employee Handbook
Handbook
COVID-19
Returns policy
Benefits
Contoso Electronics
Northwind Health Plus Plan
ISO 9001
ISO-27001
State-of-the-art review
JavaScript
PostgreSQL
The Word Problem
Introduction to ASP.NET
Using Node.js
How to use Excel
Working with Microsoft Word templates
Attention Is All You Need
Kraftfahrzeughaftpflichtversicherung
員工手冊
2025年版員工手冊
คู่มือพนักงาน
Справочник сотрудника
Terms & Conditions
Q3 results
and/or clauses
24/7 support
GPT-4 Technical Report
Document retention policy
Presentation skills
1984: a novel
C# in depth
Health-and-Safety
Self-assessment
Style guide
FY24 outlook
AT&amp;T 2022
[Draft] Leave policy
Microsoft Word basics
Microsoft annual report
Print - a history of type
e-mail policy
W-2 form guide
Ärztliche Bescheinigung
文件管理办法
新規採用の手引き
Offer letter template
Bericht des Vorstands
Node.js
Temperature control
Temporary staff
""".strip().splitlines()


@pytest.mark.parametrize("metadata", NO_TITLES)
def test_metadata_that_names_no_document_is_no_title(metadata: str) -> None:
    assert not names_document(metadata)
    assert choose_title(metadata, "Refunds and returns") == "Refunds and returns"
    assert choose_title(metadata) is None


@pytest.mark.parametrize("metadata", TITLES)
def test_a_title_that_somebody_gave_is_kept(metadata: str) -> None:
    assert names_document(metadata)


def test_a_title_is_one_line_of_readable_characters() -> None:
    assert choose_title("  Terms &amp;\n Conditions\x00 ") == "Terms & Conditions"


def test_headings_without_a_letter_are_passed_over() -> None:
    assert choose_title(None, "* * *", "", None, "Fees") == "Fees"


def test_a_heading_may_be_a_file_name_because_somebody_wrote_it_to_be_read() -> None:
    assert choose_title(None, "config.yaml") == "config.yaml"


def test_a_long_title_is_cut_at_a_word() -> None:
    title = choose_title("Report on everything " * 30)
    assert title is not None and len(title) <= LONGEST and title.endswith(("Report", "on", "everything"))


@pytest.mark.parametrize(
    ("name", "readable"),
    [
        ("returns-eu-2025.md", "returns eu 2025"),
        ("policies/Benefit_Options.pdf", "Benefit Options"),
        ("Annual%20report.pdf", "Annual report"),
        ("___.md", "___.md"),
    ],
)
def test_a_file_name_is_made_readable(name: str, readable: str) -> None:
    assert readable_name(name) == readable


def test_documents_of_one_title_get_their_file_names() -> None:
    titles = {"acme_2022.pdf": "Annual report", "acme_2023.pdf": "Annual Report", "fees.md": "Fees"}
    assert distinct_titles(titles) == {
        "acme_2022.pdf": "Annual report (acme 2022)",
        "acme_2023.pdf": "Annual Report (acme 2023)",
        "fees.md": "Fees",
    }


def test_documents_of_one_title_and_one_file_name_get_their_folders() -> None:
    titles = {"a/index.html": "Index", "b/index.html": "Index"}
    assert list(distinct_titles(titles).values()) == ["Index (a/index)", "Index (b/index)"]


def test_documents_that_differ_in_their_type_alone_get_it() -> None:
    titles = {"fees.pdf": "Our fees", "fees.docx": "Our fees"}
    assert list(distinct_titles(titles).values()) == ["Our fees (fees.pdf)", "Our fees (fees.docx)"]


def test_a_title_that_is_the_file_name_already_is_not_said_twice() -> None:
    titles = {"plan.md": "Plan", "other.pdf": "plan"}
    assert distinct_titles(titles) == {"plan.md": "Plan", "other.pdf": "plan (other)"}


NAMES = st.from_regex(r"([ab_-]{1,2}/){0,2}[ab_-]{1,2}(\.md|\.pdf)?", fullmatch=True)


@given(st.dictionaries(NAMES, st.sampled_from(["A b", "a B", "C", "c" * 300])))
def test_equal_titles_become_distinct_whatever_their_order(titles: dict[str, str]) -> None:
    distinct = distinct_titles(titles)
    assert distinct == distinct_titles(dict(reversed(titles.items())))
    shared = [name for name, title in titles.items() if list(titles.values()).count(title) > 1]
    assert len({distinct[name] for name in shared}) == len(shared)


@given(st.text())
def test_any_metadata_is_judged(metadata: str) -> None:
    title = choose_title(metadata)
    assert title is None or 2 <= len(title) <= LONGEST
