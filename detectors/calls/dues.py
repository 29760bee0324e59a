"""When which campaign is due next, so that nobody has to go through all of them to know."""

from collections.abc import Callable, Iterable
from heapq import heappop, heappush, heapreplace


class Dues:
    """A heap that has of each campaign, by number, a lower bound of when it is due (ms).

    ``due_ms`` says when one is due indeed; ``None`` for one that is no more. A time that has come
    nearer has to be noted; one that has moved away, or is gone, is found out when its bound comes.
    """

    def __init__(self, due_ms: Callable[[int], int | None], numbers: Iterable[int]) -> None:
        self._due_ms = due_ms
        self._heap: list[tuple[int, int]] = []
        self._bounds: dict[int, int] = {}
        for number in numbers:
            self.note(number)

    def note(self, number: int) -> None:
        """Notes that something has happened to a campaign."""
        due, bound = self._due_ms(number), self._bounds.get(number)
        if due is not None and (bound is None or due < bound):
            self._bounds[number] = due
            heappush(self._heap, (due, number))

    def next_ms(self) -> int | None:
        """When the next one is due; ``None`` without any."""
        while self._heap:
            bound, number = self._heap[0]
            due = self._due_ms(number)
            if self._bounds.get(number) != bound:
                heappop(self._heap)
            elif due is None:
                self._pop()
            elif due > bound:
                self._bounds[number] = due
                heapreplace(self._heap, (due, number))
            else:
                return bound
        return None

    def take(self, now_ms: int) -> list[int]:
        """Those that are due by ``now_ms``, in order; what remains of them has to be noted anew."""
        taken = []
        while (due := self.next_ms()) is not None and due <= now_ms:
            taken.append(self._pop())
        return sorted(taken)

    def _pop(self) -> int:
        _, number = heappop(self._heap)
        del self._bounds[number]
        return number
