"""Every error of this package: one row a code. Codes are those of the TypeScript client and never reused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from .contracts.verdict import Verdict, Violation

ERROR_CODES: Final[dict[str, str]] = {
    "CONTRACT_VIOLATION": "The event breaks its contract; nothing was sent.",
    "UNKNOWN_EVENT_TYPE": "No contract is known for the event type; nothing was sent.",
    "ROUTING_KEY_MISMATCH": "The routing key differs from the event type.",
    "MALFORMED_JSON": "The body is not JSON.",
    "PUBLISH_REFUSED": "The broker refused the event (basic.nack); it is not on the bus.",
    "PUBLISH_TIMEOUT": "No confirm within the deadline; the event may or may not be on the bus.",
    "PUBLISH_REJECTED": "The broker closed the channel because of this event; it is not on the bus.",
    "NOT_STARTED": "start() was not called, or close() was.",
    "BROKER_UNREACHABLE": "No broker answers at the given address.",
    "TOPOLOGY_CONFLICT": "An exchange of that name exists with other properties.",
    "CATALOG_BROKEN": "A contract cannot be read.",
    "PLATFORM_UNREACHABLE": "The platform's HTTP API does not answer what it was asked.",
    "EVENT_NOT_FOUND": "The event store does not know the event.",
}


class BloodbankError(Exception):
    """Base of all errors here. `code` is stable; the message is a sentence for a person."""

    def __init__(self, code: str, message: str | None = None) -> None:
        super().__init__(message if message is not None else ERROR_CODES[code])
        self.code = code


class ContractViolation(BloodbankError):
    """An event breaks its contract. Nothing left this process."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(verdict.code or "CONTRACT_VIOLATION", verdict.message)
        self.violations: tuple[Violation, ...] = verdict.violations
        """Every place where it does; never empty."""
        self.nearest: tuple[str, ...] = verdict.nearest
        """Known event types nearest to an unknown one."""

    @property
    def pointers(self) -> tuple[str, ...]:
        """The JSON Pointer (RFC 6901) of each violation."""
        return tuple(violation.pointer for violation in self.violations)


class PublishRefused(BloodbankError):
    """The broker answered with a nack: its admission found the event wrong, or a queue is full."""

    def __init__(self, event_id: str, event_type: str) -> None:
        super().__init__(
            "PUBLISH_REFUSED",
            f"The broker refused {event_type} {event_id}: its admission turned it down or a queue is full. "
            "`bb quarantine` shows why.",
        )
        self.event_id = event_id


class PublishTimeout(BloodbankError):
    """The deadline passed before the confirm came. Publish again with the same event id: that makes no second event."""

    def __init__(self, event_id: str, event_type: str, deadline: float) -> None:
        super().__init__(
            "PUBLISH_TIMEOUT",
            f"{event_type} {event_id} was not confirmed within {deadline:g} s. "
            "Publish it again with the same event_id to be sure.",
        )
        self.event_id = event_id
