"""Reads PPTX: slide by slide, a heading, what its shapes say, and the speaker's notes. A slide is a page.
Knows nothing about other formats."""

from __future__ import annotations

from collections import Counter

from workbench.corpus.readers.extracted_text import LeftOutTally, ReadText, clean
from workbench.corpus.readers.office.blocks import Block, as_markdown
from workbench.corpus.readers.office.markup import Element, attribute, child, is_true, name, relationship
from workbench.corpus.readers.office.package import OfficeFormat, Package
from workbench.corpus.readers.pptx.inheritance import Layouts
from workbench.corpus.readers.pptx.places import Place, SlideSize, read_slide_size
from workbench.corpus.readers.pptx.slides import RUNNING_HEADS, Slide, SlideReader
from workbench.corpus.readers.titles import choose_title

POWERPOINT = OfficeFormat(
    "a PowerPoint presentation", "PowerPoint", ".pptx", ".ppt", "ppt/presentation.xml", "p:presentation"
)
LEAST_REPEATED = 3  # slides on which a shape in the margin says the same, for it to be a running head
REPEATED_SHARE = 0.5  # of the slides, for the same
LONG_DECK = 10  # slides, of which nearly all have to say the same where it is not in the margin
NEARLY_ALL = 0.9


def read_pptx(data: bytes) -> ReadText:
    """Read a presentation as Markdown. Raises Unreadable when it is damaged, encrypted or an old .ppt."""
    package = Package(data, POWERPOINT)
    left_out = LeftOutTally()
    presentation = package.read_main()
    slides = _read_slides(package, presentation, left_out)
    _drop_running_heads(slides, read_slide_size(presentation), left_out)
    text = ""
    starts = []  # an empty page begins where the one before it ends
    for at, slide in enumerate(slides, start=1):
        page = _write(slide, at)
        text += "\n\n" if text and page else ""
        starts.append(len(text))
        text += page
    return ReadText(
        text,
        title=choose_title(package.title, *(slide.title for slide in slides)),
        page_starts=tuple(starts),
        note=package.note,
        left_out=left_out.entries(),
    )


def _read_slides(package: Package, presentation: Element, left_out: LeftOutTally) -> list[Slide]:
    """The slides in their order; a hidden one, which no audience sees, is empty and counted."""
    layouts = Layouts(package)
    slides = []
    listed = child(presentation, "p:sldIdLst")
    for at, entry in enumerate(listed if listed is not None else (), start=1):
        part = package.target(package.main, relationship(entry))
        root = package.read(part)
        if part is None or root is None:
            package.damaged += [f"slide {at}"] if part is None else []
            slides.append(Slide())
        elif is_true(attribute(root, "show", "1")):
            slides.append(SlideReader(package, part, layouts.of(part), left_out).read(root))
        else:
            hidden = SlideReader(package, part, layouts.of(part), LeftOutTally()).read(root)
            left_out.add("hidden slides", _write(hidden, at))
            slides.append(Slide())
    for text in dict.fromkeys(text for layout in layouts.read.values() for text in layout.own_texts):
        left_out.add(RUNNING_HEADS, text)
    for section in presentation.iter("{*}section"):
        if name(section) == ":section":
            left_out.add("names of sections", attribute(section, "name"))
    return slides


def _drop_running_heads(slides: list[Slide], size: SlideSize, left_out: LeftOutTally) -> None:
    """Leave what footers and running heads say on the first slide that says it, and count the others."""
    running = _running_heads(slides, size)
    said = set()
    for slide in slides:
        kept = []
        for shape in slide.shapes:
            head = (None if shape.is_footer else shape.place, shape.text)
            if head in said:
                left_out.add(RUNNING_HEADS, shape.text)
            else:
                kept.append(shape)
            if shape.is_footer or head in running:
                said.add(head)
        slide.shapes = kept


def _running_heads(slides: list[Slide], size: SlideSize) -> set[tuple[Place | None, str]]:
    """(place, text) of what stands on many slides and is no part of what each of them says.

    Where some slide says another thing at the same place, as "Late" where others say "On track", both are
    what the slides say.
    """
    on_slides = Counter[tuple[Place, str]]()
    texts: dict[tuple[int, int], set[str]] = {}
    for slide in slides:
        heads = {(shape.place, shape.text) for shape in slide.shapes if not shape.is_content}
        for place, text in heads:
            if place is not None:
                on_slides[place, text] += 1
                texts.setdefault((place.left, place.top), set()).add(text)
    found: set[tuple[Place | None, str]] = set()
    for (place, text), count in on_slides.items():
        in_margin = count >= LEAST_REPEATED and count >= REPEATED_SHARE * len(slides)
        anywhere = len(slides) >= LONG_DECK and count >= NEARLY_ALL * len(slides)
        if len(texts[place.left, place.top]) == 1 and (anywhere or in_margin and size.has_in_margin(place)):
            found.add((place, text))
    return found


def _write(slide: Slide, number: int) -> str:
    """The slide as Markdown; empty for one that says nothing."""
    blocks = [block for shape in slide.shapes for block in shape.blocks]
    blocks += [Block("Notes:"), *slide.notes] if slide.notes else []
    if not blocks and not slide.title:
        return ""
    text = as_markdown(Block(slide.title or f"Slide {number}", "heading", level=2))
    before = "heading"
    for block in blocks:
        text += ("\n" if block.kind == before == "item" else "\n\n") + as_markdown(block)
        before = block.kind
    return clean(text)
