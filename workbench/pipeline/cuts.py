"""How one document is cut into pieces, with look-ups by bisection, and how many tokens a part of it has.
Knows nothing about texts or who cuts them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from workbench.pipeline.splitters.packing import Span
from workbench.pipeline.types import Chunk


@dataclass(frozen=True)
class Cut:
    """The pieces into which one document is cut. Both lists ascend; neighbours may overlap."""

    starts: Sequence[int]
    """Offset of each piece's first character."""
    ends: Sequence[int]
    """Offset after each piece's last character."""

    @classmethod
    def of(cls, spans: Sequence[Span]) -> Cut:
        """The cut of these spans, whatever their order."""
        ordered = sorted(spans)
        return cls([start for start, _ in ordered], [end for _, end in ordered])

    def __len__(self) -> int:
        return len(self.starts)

    def piece_of(self, start: int, end: int) -> int | None:
        """The number of the piece that holds most of the characters [start, end); of equal ones the first.
        None where no piece holds any."""
        low, high = bisect_right(self.ends, start), bisect_left(self.starts, end)
        shared = [(min(end, self.ends[i]) - max(start, self.starts[i]), -i) for i in range(low, high)]
        return -max(shared)[1] if shared else None

    def number_of(self, start: int, end: int) -> int | None:
        """The number of the piece [start, end), or else of the one that holds most of it."""
        place = bisect_left(self.starts, start)
        while place < len(self) and self.starts[place] == start:
            if self.ends[place] == end:
                return place
            place += 1
        return self.piece_of(start, end)

    def within(self, start: int, end: int) -> range:
        """The numbers of the pieces that begin and end within [start, end)."""
        return range(bisect_left(self.starts, start), bisect_right(self.ends, end))

    def around(self, start: int, end: int) -> Span:
        """The piece that holds most of the characters [start, end), widened to hold all of them."""
        piece = self.piece_of(start, end)
        if piece is None:
            return start, end
        return min(start, self.starts[piece]), max(end, self.ends[piece])

    def span(self, first: int, last: int) -> Span:
        """From the beginning of one piece to the end of another; numbers beyond the ends are the ends'."""
        return self.starts[max(0, first)], self.ends[min(len(self) - 1, last)]


@dataclass(frozen=True)
class ChunkedDocument:
    """How one document is cut into chunks. Without their texts, which would be in memory twice."""

    cut: Cut
    tokens: Sequence[int]
    """Of each piece of the cut."""
    heads: Mapping[int, tuple[str, str]]
    """The first character of each chunk → its title and table header."""

    @classmethod
    def of(cls, chunks: Sequence[Chunk]) -> ChunkedDocument:
        """The cut of a document's chunks."""
        heads = {chunk.start: (chunk.title, chunk.header) for chunk in reversed(chunks)}
        ordered = sorted(chunks, key=lambda chunk: (chunk.start, chunk.end))
        cut = Cut([chunk.start for chunk in ordered], [chunk.end for chunk in ordered])
        return cls(cut, [chunk.tokens for chunk in ordered], heads)

    def title_of(self, start: int, end: int) -> str | None:
        """The title of the piece [start, end); None where it is none."""
        place = bisect_left(self.cut.starts, start)
        is_piece = place < len(self.cut) and (self.cut.starts[place], self.cut.ends[place]) == (start, end)
        return self.heads[start][0] if is_piece else None

    def count(self, start: int, end: int, count_part: Callable[[int, int], int]) -> int:
        """How many tokens begin within [start, end): those of the chunks in it, less what two of them share,
        and what is in none of them.

        count_part: counts those of a part by reading it.
        """
        total, reached = 0, start
        for piece in self.cut.within(start, end):
            first, last = self.cut.starts[piece], self.cut.ends[piece]
            if not reached < last <= end:
                continue
            if first < reached and last - reached < reached - first:
                total += count_part(reached, last)
            else:
                shared = count_part(first, reached) if first < reached else 0
                total += count_part(reached, first) + self.tokens[piece] - shared
            reached = last
        return total + count_part(reached, end)
