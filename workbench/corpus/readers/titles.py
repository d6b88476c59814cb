"""Judges titles: metadata that names no document is passed over for a heading, and that for the file's name.
Knows nothing about file formats; readers hand it the texts that they see."""

from __future__ import annotations

import html
import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from pathlib import PurePosixPath
from urllib.parse import unquote

from workbench.text import UNSPACED

LONGEST = 200
"""Characters of a title; longer ones are cut at a word."""

# A title made of these words and numbers alone names no document. They are the words of programs' templates,
# of placeholders, of scanners and printers, and of the programs themselves.
GENERIC = frozenset(
    """set untitled unnamed anonymous unknown unspecified undefined unbekannt none null nil nan na tbd title
    titles titled name names job no not new temp tmp test default blank empty draft final copy clean of the a
    an in with by for and or here your insert enter type click add text document documents doc docs docx
    dot dotx dotm file filename files page pages slide slides sheet worksheet workbook book spreadsheet
    presentation presentations diagram drawing graphic picture image photo layout cover report reports
    paper papers article manuscript publication brochure letter letterhead fax memo template templates
    theme master normal standard sample example version rev revision v ver fullpage full print printing
    printout preview pdf rtf odt html xml txt tex ps eps cs cc ci pro professional elements windows
    macintosh mac os linux x microsoft office word powerpoint excel visio publisher outlook onenote
    winword adobe acrobat distiller reader pdfmaker indesign illustrator photoshop pagemaker framemaker
    livecycle designer quarkxpress coreldraw autocad latex pdftex pdflatex xetex xelatex luatex lualatex
    hyperref package dvips dvipdfm dvipdfmx ghostscript gpl itext itextsharp pdfsharp pdfbox reportlab
    wkhtmltopdf skia chromium chrome mozilla firefox safari webkit quartz pdfcontext cairo libreoffice
    openoffice writer calc impress draw google keynote numbers canva prince fop fpdf tcpdf mpdf dompdf
    pdfcreator dopdf primopdf cutepdf novapdf bullzip nitro foxit crystal jasperreports pscript dll
    pandoc docbook sphinx scan scans scanned scanner scanning camscanner xerox ricoh konica minolta
    canon epson kyocera lexmark sharp hp workcentre mfp multifunction device generated generator created
    creator producer produced library engine software www http https us a3 a4 ieee acm springer elsevier
    lncs llncs conference journal proceedings style use dokument dokumente unbenannt unbenanntes ohne
    titel titels neu neues tabelle mappe präsentation folie seite entwurf kopie vorlage bericht sans
    titre nouveau classeur feuille présentation diapositive diapositiva página sin título nuevo
    documento libro hoja presentación senza titolo nuovo presentazione foglio cartel cartella sem novo
    apresentação pasta planilha naamloos titelloos nieuw presentatie bez tytułu nazwy nowy prezentacja
    skoroszyt namnlös namnlöst nytt uden navn nimetön asiakirja esitys başlıksız adsız belge sunu
    документ без названия имени презентация книга лист новый безымянный слайд de do du des di la le el
    un une en i da mit von und""".split()
)
# Titles of the same kind in scripts that put no spaces between words.
GENERIC_UNSPACED = re.compile(
    r"(?:新建|新規|无标题|無標題|無題|未命名|名称未設定|タイトルなし|無題の|제목\s*없음|문서|프레젠테이션"
    r"|文档|文件|文書|ドキュメント|演示文稿|簡報|プレゼンテーション|幻灯片|スライド|工作簿|工作表|"
    r"microsoft|office|word|powerpoint|excel|[\s\d_()-])+",
    re.IGNORECASE,
)
PROGRAM_AND_FILE = re.compile(
    r"^(?:microsoft(?:\s|®).{0,20}|openoffice.{0,20}|libreoffice.{0,20}|adobe\s.{0,20}|visio|notepad|wordpad|wordperfect"
    r"|corel.{0,15}|quarkxpress.{0,15}|autocad.{0,15}|indesign.{0,15})\s*[-–—:]\s*\S|\S\s+[-–—]\s+"
    r"(?:notepad|wordpad|microsoft (?:word|excel|powerpoint)|google (?:docs|sheets|slides))$",
    re.IGNORECASE,
)
PLACEHOLDER = re.compile(
    r"^(?:\[.*\]|<.*>|\{.*\}|«.*»|\$\{.*|%\w+%|\\\w+.*)$|\b(?:click|tap) (?:here )?to (?:add|edit|enter)\b"
    r"|^(?:type|enter|insert|add|put|write) (?:the |your |a |an )?(?:[\w-]+ ){0,2}title\b"
    r"|\btitle (?:goes )?here\b|^lorem ipsum|^(?:about|javascript|data):|\{\{|\}\}|\(cid:\d+\)|\ufffd",
    re.IGNORECASE,
)
ADDRESS = re.compile(
    r"^(?:\w+://|www\.|mailto:|[a-z]:[\\/]|\\\\|~?/\S|\.{1,2}[\\/])|^\S+@\S+$|^\S*\\\S*$", re.I
)
PAGE_FILES = (
    r"docx?|docm|dotx?|dotm|rtf|odt|ott|pdf|indd|indt|qxp|qxd|tex|dvi|ps|eps|pmd|p65|fm|wpd|wps|xlsx?|xlsm|ods|pptx?"
    r"|pptm|ppsx?|potx?|odp|vsdx?|cdr|ai|psd|jpe?g|png|gif|tiff?|bmp|svg|pub|xps|djvu|epub|mobi|hwpx?|pages|rpt|tmp|bak|xdp|xfdf"
)
OTHER_FILES = (
    r"x?html?|xml|txt|md|markdown|rst|csv|json|ya?ml|key|numbers|log|aspx?|php|jsp|book|dwg|zip|eml|msg|mht"
)
FILE_NAME = re.compile(rf"\S\.(?:{PAGE_FILES})$|^\S+\.(?:{OTHER_FILES})$", re.IGNORECASE)
IDENTIFIER = re.compile(
    r"^[{(]?[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}[)}]?$|^(?:0x)?(?=\D*\d)[0-9a-f]{8,}$|^(?:urn|doi|uuid|isbn):",
    re.IGNORECASE,
)
# Names that systems give to temporary files: tmpk3j2h1x9, tmp.Xy12Ab, ~WRL0001, mso12AB.
TEMPORARY = re.compile(r"^~(?:\$|\S*$)|^(?:tmp|temp[-_.\d])\S*$|^mso[0-9a-f]{2,}$", re.IGNORECASE)
# One word with a number at its end (DSC00042, acme-20220924), or of three parts with a number among them
# (minutes-2025-10).
NUMBERED = re.compile(
    r"^[a-z]{1,5}\d{4,}$|^[a-z]{1,8}[-.]\d{6,}$|\d.*[-.+].*[-.+]|[-.+].*[-.+].*\d", re.IGNORECASE
)
PART_OF_WORD = re.compile(r"[^\W\d_]+|\d+")
LONGEST_WORD = 45  # German compounds are that long; a longer word without a space is a name for machines
LEAST_LETTERS = 2


def choose_title(metadata: str | None, *headings: str | None) -> str | None:
    """Return a document's title: its metadata where that is a title, or else the first heading that is.

    metadata: what the file says its title is, such as a PDF's /Title or a page's <title>.
    headings: texts of the document itself, best first, such as its largest line and its first heading.

    None means that the file's name has to serve.
    """
    title = _tidy(metadata)
    if title and names_document(title):
        return _cut(title)
    return next((_cut(text) for heading in headings if (text := _tidy(heading)) and _has_letters(text)), None)


def names_document(title: str) -> bool:
    """Whether metadata is a title that somebody gave: no file's name, template's, program's or number.

    A heading needs no such test: somebody wrote it to be read.
    """
    title = _tidy(title)
    return not (
        not _has_letters(title)
        or PLACEHOLDER.search(title)
        or PROGRAM_AND_FILE.search(title)
        or ADDRESS.search(title)
        or FILE_NAME.search(title)
        or IDENTIFIER.search(title)
        or TEMPORARY.search(title)
        or GENERIC_UNSPACED.fullmatch(title)
        or _is_generic(title)
        or _is_for_machines(title)
    )


def readable_name(name: str, *, folders: bool = False, suffix: bool = False) -> str:
    """A document's name made readable: "policies/returns-eu_2025.md" becomes "returns eu 2025".

    folders: keep the folders, as in "policies/returns eu 2025".
    suffix: keep the type, as in "returns eu 2025.md".
    """
    path = PurePosixPath(name)
    bare = str(path if suffix else path.with_suffix("")) if folders else path.name if suffix else path.stem
    return _tidy(re.sub(r"[_-]", " ", unquote(bare))) or name


def distinct_titles(titles: Mapping[str, str]) -> dict[str, str]:
    """Add the file's name to titles that several documents share, so that a prompt can tell them apart.

    titles: title by name of the document. The result depends on these alone, not on their order.
    """
    names_by_title: dict[str, list[str]] = defaultdict(list)
    for name, title in titles.items():
        names_by_title[title.casefold()].append(name)
    distinct = dict(titles)
    for names in names_by_title.values():
        if len(names) > 1:
            for name, addition in _distinct_names(names).items():
                room = LONGEST - len(addition) - len(" ()")
                if addition.casefold() != titles[name].casefold():
                    distinct[name] = f"{_cut(titles[name], max(room, LONGEST // 4))} ({addition})"
    return distinct


def _distinct_names(names: list[str]) -> dict[str, str]:
    forms: tuple[Callable[[str], str], ...] = (
        readable_name,
        lambda name: readable_name(name, folders=True),
        lambda name: readable_name(name, folders=True, suffix=True),
    )
    for form in forms:
        readable = {name: form(name) for name in names}
        if len({text.casefold() for text in readable.values()}) == len(names):
            return readable
    return {name: name for name in names}


def _tidy(text: str | None) -> str:
    """The text in one line, with its entities (&amp;) resolved and without control characters."""
    unescaped = html.unescape((text or "")[: 10 * LONGEST])
    return " ".join("".join(c if c.isprintable() else " " for c in unescaped).split())


def _cut(title: str, length: int = LONGEST) -> str:
    if len(title) <= length:
        return title
    head, _, _ = title[: length + 1].rpartition(" ")
    return head if len(head) > length // 2 else title[:length]


def _has_letters(text: str) -> bool:
    return sum(c.isalpha() for c in text) >= LEAST_LETTERS


def _is_generic(title: str) -> bool:
    parts = PART_OF_WORD.findall(title.casefold())
    return all(part.isdigit() or part in GENERIC or len(part) == 1 for part in parts)


def _is_for_machines(title: str) -> bool:
    """Whether it is one word as programs make them (report_final_v3, SKM_22420), or almost all digits."""
    letters, digits = sum(c.isalpha() for c in title), sum(c.isdigit() for c in title)
    if digits > 3 * letters:
        return True
    longest = max((word for word in re.split(rf"\s|{UNSPACED}", title)), key=len)
    if len(longest) > LONGEST_WORD and 2 * len(longest) > len(title):
        return True
    if re.search(r"\s", title) or re.search(UNSPACED, title):
        return False
    return "_" in title or (digits > 2 * letters and len(title) >= 6) or bool(NUMBERED.search(title))
