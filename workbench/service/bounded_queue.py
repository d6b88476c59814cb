"""A queue that holds so many items and so many characters, and turns more away.
Knows nothing about what the items are."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from itertools import islice
from typing import Generic, TypeVar

Item = TypeVar("Item")
MOST_ITEMS = 10_000
MOST_CHARACTERS = 100_000_000


class BoundedQueue(Generic[Item]):
    """First in, first out.

    size_of: the characters of an item's texts.
    """

    def __init__(
        self, size_of: Callable[[Item], int], most: int = MOST_ITEMS, most_characters: int = MOST_CHARACTERS
    ) -> None:
        self._size_of = size_of
        self._most = most
        self._most_characters = most_characters
        self._items: deque[Item] = deque()
        self._characters = 0

    def __len__(self) -> int:
        return len(self._items)

    def put(self, item: Item) -> bool:
        """Whether there was room for it."""
        size = self._size_of(item)
        if len(self._items) >= self._most or self._characters + size > self._most_characters:
            return False
        self._items.append(item)
        self._characters += size
        return True

    def first(self, count: int) -> list[Item]:
        """The oldest items, which stay in the queue."""
        return list(islice(self._items, count))

    def remove_first(self, count: int) -> None:
        for _ in range(count):
            self._characters -= self._size_of(self._items.popleft())
