"""When each card is to be drawn next: one heap for all of them, so that nothing wakes while nothing changes."""

import heapq
from collections.abc import Iterator


class Redraws:
    """Cards by the moment at which they are due, in monotonic seconds; each stands here once."""

    def __init__(self) -> None:
        self._due_at: dict[int, float] = {}
        self._heap: list[tuple[float, int]] = []

    def plan(self, key: int, at: float) -> None:
        """Have a card drawn then, unless it is due earlier anyway."""
        if at < self._due_at.get(key, float("inf")):
            self._due_at[key] = at
            heapq.heappush(self._heap, (at, key))

    def drop(self, key: int) -> None:
        """A card will not be drawn again."""
        self._due_at.pop(key, None)

    def take_due(self, now: float) -> Iterator[int]:
        """The cards whose moment has come; each is forgotten as it is handed out."""
        while (first := self._first()) is not None and first[0] <= now:
            heapq.heappop(self._heap)
            del self._due_at[first[1]]
            yield first[1]

    def next_in_s(self, now: float) -> float | None:
        """Seconds until a card is due; None while none is."""
        first = self._first()
        return None if first is None else max(0.0, first[0] - now)

    def _first(self) -> tuple[float, int] | None:
        """The earliest entry that still holds; those that were overtaken or dropped are thrown away on the way."""
        while self._heap and self._due_at.get(self._heap[0][1]) != self._heap[0][0]:
            heapq.heappop(self._heap)
        return self._heap[0] if self._heap else None
