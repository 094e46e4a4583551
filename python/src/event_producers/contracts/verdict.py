"""Whether an event keeps its contract, and every place where it does not."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import ContractViolation
from ..json_text import json_text


@dataclass(frozen=True, slots=True)
class Violation:
    """One place where an event breaks its contract."""

    pointer: str
    """JSON Pointer (RFC 6901) into the event; "" is the whole event."""
    keyword: str
    """The JSON Schema keyword that failed, or `routing_key`, `json`, `utf8`."""
    message: str
    """A plain sentence with the offending value in it."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`valid`, or why not: `code`, one sentence, every violation, and the nearest names of an unknown type."""

    valid: bool
    code: str = ""
    message: str = ""
    violations: tuple[Violation, ...] = ()
    nearest: tuple[str, ...] = ()

    def raise_if_broken(self) -> None:
        """Raises ContractViolation where the event breaks its contract."""
        if not self.valid:
            raise ContractViolation(self)


VALID = Verdict(valid=True)


def broken(code: str, message: str, *violations: Violation, nearest: tuple[str, ...] = ()) -> Verdict:
    return Verdict(False, code, message, violations, nearest)


_MOST_IN_SENTENCE = 3


def refusal(event_type: str | None, *violations: Violation) -> Verdict:
    """An event that breaks its contract, in one sentence."""
    first = "; ".join(f"{v.pointer} {v.message}".strip() for v in violations[:_MOST_IN_SENTENCE])
    more = len(violations) - _MOST_IN_SENTENCE
    rest = f"; and {more} more" if more > 0 else ""
    subject = event_type or "The event"
    return broken("CONTRACT_VIOLATION", f"{subject} breaks its contract: {first}{rest}.", *violations)


def unknown_type(event_type: str, nearest: tuple[str, ...]) -> Verdict:
    name = json_text(event_type[:100])
    advice = (
        f"Did you mean {', or '.join(nearest)}?"
        if nearest
        else "`bb schema list` shows the known ones, `bb schema new` adds one."
    )
    violation = Violation("/event_type", "event_type", f"{name} is not a known event type")
    return broken("UNKNOWN_EVENT_TYPE", f"There is no event type {name}. {advice}", violation, nearest=nearest)


def contradiction(event_type: str, routing_key: str, others: tuple[Violation, ...]) -> Verdict:
    key = json_text(routing_key)
    message = f'is "{event_type}", but the routing key is {key}; they must be equal'
    violation = Violation("/event_type", "routing_key", message)
    return broken("ROUTING_KEY_MISMATCH", f"/event_type {message}.", violation, *others)
