"""Splits source code along its indentation: whole definitions where they fit, else the blocks inside them.
Knows nothing about any language but how lines are indented, so it needs no grammar for each.

A parser per language (tree-sitter) would know more. Its packages bring grammars of many megabytes or fetch
them when they are used, which an offline program cannot (docs/decisions.md)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from workbench.pipeline.splitters.packing import Span, pack, strip
from workbench.pipeline.token_offsets import TokenOffsets

TAB_WIDTH = 4
_LINE = re.compile(r"[^\n]*\n?")
# A line that goes on with what stands above it: the end of a block, or another branch.
_CONTINUES = re.compile(
    r"\s*(?:[)\]}]|end\b|else\b|elif\b|elsif\b|elseif\b|except\b|finally\b|catch\b|rescue\b|ensure\b|fi\b|done\b|esac\b)"
)
# A line that belongs to what stands below it: a decorator, an annotation, a comment.
_LEADS = re.compile(r"\s*(?:@|#|//|/\*|\*|--|\"\"\"|\[\w+.*\]\s*$)")


def split_by_code(text: str, chunk_tokens: int, chunk_overlap: int) -> list[Span]:
    """As many whole blocks of code per chunk as fit.

    A block is a line with all lines below it that are indented further, its decorators and the comment above
    it. One that is too long is cut by itself: its first line, then the blocks inside it, down to lines.
    """
    tokens = TokenOffsets.of(text)
    return list(_chunks(text, tokens, list(_blocks(text, 0, len(text))), chunk_tokens, chunk_overlap))


def _chunks(
    text: str, tokens: TokenOffsets, blocks: Sequence[Span], limit: int, overlap: int
) -> Iterator[Span]:
    """The chunks of neighbouring blocks. No chunk mixes a part of a block that is too long with others."""
    fitting: list[Span] = []
    for block in blocks:
        inner = _inside(text, block) if tokens.count(*block) > limit else []
        if len(inner) < 2:
            fitting.append(block)
            continue
        yield from pack(text, tokens, fitting, limit, overlap)
        fitting = []
        yield from _chunks(text, tokens, inner, limit, overlap)
    yield from pack(text, tokens, fitting, limit, overlap)


def _inside(text: str, block: Span) -> list[Span]:
    """The blocks that a block consists of; of one head with a body, the head and the blocks of the body."""
    inner = list(_blocks(text, *block))
    body = _body_start(text, *block) if len(inner) == 1 else None
    if body is None:
        return inner
    head = strip(text, block[0], body)
    return [*([head] if head else []), *_blocks(text, body, block[1])]


def _lines(text: str, start: int, end: int) -> Iterator[Span]:
    for match in _LINE.finditer(text, start, end):
        if match.end() > match.start():
            yield match.span()


def _indent(text: str, line: Span) -> int | None:
    """The width of a line's indentation; None for a blank line."""
    content = text[line[0] : line[1]].expandtabs(TAB_WIDTH).rstrip()
    return len(content) - len(content.lstrip()) if content else None


def _blocks(text: str, start: int, end: int) -> Iterator[Span]:
    """The blocks of text[start:end], each beginning at a line of the least indentation.

    The span begins at the first character of a line, or at that line's first letter.
    """
    start = (
        text.rfind("\n", 0, start) + 1 if not text[text.rfind("\n", 0, start) + 1 : start].strip() else start
    )
    lines = list(_lines(text, start, end))
    indents = [_indent(text, line) for line in lines]
    least = min((i for i in indents if i is not None), default=0)
    cuts = [start]
    leading = False
    for line, indent in zip(lines, indents, strict=True):
        content = text[line[0] : line[1]]
        if indent == least and not _CONTINUES.match(content):
            if not leading:
                cuts.append(line[0])
            leading = bool(_LEADS.match(content))
        elif indent is not None:
            leading = False
    for a, b in zip(cuts, [*cuts[1:], end], strict=True):
        block = strip(text, a, b)
        if block:
            yield block


def _body_start(text: str, start: int, end: int) -> int | None:
    """The offset of the first line that is indented further than the block's first one; None without one."""
    begin = text.rfind("\n", 0, start) + 1
    lines = list(_lines(text, begin, end))
    first = next((i for line in lines if (i := _indent(text, line)) is not None), 0)
    for line in lines[1:]:
        indent = _indent(text, line)
        if indent is not None and indent > first:
            return line[0]
    return None
