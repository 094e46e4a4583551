"""Bytes to a JSON value, or the reason why that is impossible. UTF-8 without a byte order mark (RFC 8259, 8.1)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, NoReturn

from .verdict import Violation

MAX_DEPTH = 128
"""No event nests deeper: people, databases and other parsers stop far earlier than this one."""


@dataclass(frozen=True, slots=True)
class Decoded:
    value: Any


def decode(body: bytes) -> Decoded | Violation:
    if body.startswith(b"\xef\xbb\xbf"):
        return Violation("", "json", "The body begins with a byte order mark; send UTF-8 without one.")
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return Violation("", "utf8", "The body is not UTF-8.")
    if nests_too_deep(text):
        return Violation("", "depth", f"The body nests deeper than {MAX_DEPTH} levels.")
    if not text.strip():
        return Violation("", "json", "The body is empty; it must be one event as JSON.")
    try:
        return Decoded(json.loads(text, parse_constant=_no_constant, parse_int=_integer))
    except ValueError as error:
        return Violation("", "json", f"The body is not JSON: {error}.")


def nests_too_deep(text: str, limit: int = MAX_DEPTH) -> bool:
    """Brackets in strings are not counted."""
    if text.count("{") + text.count("[") <= limit:
        return False
    depth, in_string, escaped = 0, False, False
    for char in text:
        if in_string:
            in_string = escaped or char != '"'
            escaped = char == "\\" and not escaped
        elif char == '"':
            in_string = True
        elif char in "{[":
            depth += 1
            if depth > limit:
                return True
        elif char in "}]":
            depth -= 1
    return False


def _integer(digits: str) -> int | float:
    # Beyond what a double holds it is infinite, as in JavaScript; and Python refuses to read thousands of digits.
    return int(digits) if len(digits) <= 308 else float(digits)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
