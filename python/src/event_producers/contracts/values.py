"""JSON Schema's own idea of numbers and equality, which is not Python's: `True` is no number, and 1.0 is an integer."""

from __future__ import annotations

import math
from typing import Any

from ..events.identity import canonical_json


def is_number(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:
        return False  # An integer that no double can hold.


def is_integer(value: object) -> bool:
    return is_number(value) and (isinstance(value, int) or (isinstance(value, float) and value.is_integer()))


def equal(value: Any, wanted: Any) -> bool:
    """By value, so that 1.0 is 1, and `true` is not."""
    if isinstance(value, (dict, list)) or isinstance(wanted, (dict, list)):
        return type(value) is type(wanted) and canonical_json(value) == canonical_json(wanted)
    return bool(value == wanted) and isinstance(value, bool) == isinstance(wanted, bool)


def all_different(items: list[Any]) -> bool:
    return len({canonical_json(item) for item in items}) == len(items)
