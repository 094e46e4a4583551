"""The names nearest to one that nobody knows."""

from __future__ import annotations

from collections.abc import Iterable


def nearest(name: str, known: Iterable[str], at_most: int = 3) -> tuple[str, ...]:
    """By edit distance (Damerau, neighbours swapped count once), best first; nothing that is mostly another word."""
    if len(name) > 200:
        return ()
    limit = max(2, len(name) * 4 // 10)
    ranked = sorted((distance(name, other), other) for other in set(known))
    return tuple(other for far, other in ranked[:at_most] if far <= limit)


def distance(a: str, b: str) -> int:
    before_last: list[int] = []
    last = list(range(len(b) + 1))
    for i, char in enumerate(a, 1):
        row = [i]
        for j, other in enumerate(b, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (char != other))
            if i > 1 and j > 1 and char == b[j - 2] and a[i - 2] == other:
                cost = min(cost, before_last[j - 2] + 1)
            row.append(cost)
        before_last, last = last, row
    return last[-1]
