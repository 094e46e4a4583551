"""Ids of events: new ones in the order of time, and derived ones that are the same for the same fact."""

from __future__ import annotations

import math
import secrets
import time
from collections.abc import Mapping, Sequence
from uuid import UUID, uuid5

from ..json_text import json_text

# Also the TypeScript client's. Never changes: derived ids must stay the same for ever, in both languages.
_NAMESPACE = UUID("b7c1d8a4-3f52-5e0b-9c6e-33d0b100db4c")


def new_event_id() -> UUID:
    """A UUIDv7 (RFC 9562 §5.7): later ids sort after earlier ones, to the millisecond."""
    milliseconds = time.time_ns() // 1_000_000
    random = secrets.randbits(74)
    value = (milliseconds & ((1 << 48) - 1)) << 80
    value |= 0x7 << 76 | (random >> 62) << 64
    value |= 0b10 << 62 | (random & ((1 << 62) - 1))
    return UUID(int=value)


def event_id(event_type: str, key: object) -> UUID:
    """The same id for the same event type and key, for ever: an outside fact that is reported twice is one event.

    UUIDv5 (RFC 9562 §5.5) of the type and the key's canonical JSON (RFC 8785), as the TypeScript client derives it.
    """
    return uuid5(_NAMESPACE, f"{event_type}\n{canonical_json(key)}")


def canonical_json(value: object) -> str:
    """JSON with the members of every object sorted and no spaces. Raises TypeError for what JSON cannot hold."""
    match value:
        case None | bool() | str():
            return json_text(value)
        case int():
            return str(int(value))
        case float():
            return _number(value)
        case Mapping():
            # UTF-16 code units, as JavaScript and RFC 8785 compare names.
            names = sorted(value, key=lambda name: str(name).encode("utf-16-be", "surrogatepass"))
            return "{" + ",".join(f"{canonical_json(str(name))}:{canonical_json(value[name])}" for name in names) + "}"
        case Sequence() if not isinstance(value, (bytes, bytearray)):
            return "[" + ",".join(map(canonical_json, value)) + "]"
    raise TypeError(f"a key cannot hold {type(value).__name__}")


def _number(value: float) -> str:
    """As ECMAScript writes a number (Number::toString): the shortest digits, plain from 1e-6 up to 1e21."""
    if not math.isfinite(value):
        raise TypeError(f"a key cannot hold {value}")
    if value == 0:
        return "0"
    sign = "-" if value < 0 else ""
    mantissa, _, exponent = repr(abs(value)).partition("e")
    whole, _, fraction = mantissa.partition(".")
    if fraction == "0":
        fraction = ""
    point = len(whole) + int(exponent or 0)
    digits = (whole + fraction).lstrip("0")
    point -= len(whole + fraction) - len(digits)
    digits = digits.rstrip("0")
    if -6 < point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    if 0 < point <= 21:
        if len(digits) <= point:
            return sign + digits.ljust(point, "0")
        return f"{sign}{digits[:point]}.{digits[point:]}"
    rest = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{sign}{digits[0]}{rest}e{point - 1:+d}"
