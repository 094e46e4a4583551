"""From an event to what is sent: JSON and AMQP properties, as docs/architecture.md says."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

import aio_pika
from aio_pika.abc import DeliveryMode
from pydantic import BaseModel

from .contracts import Violation
from .contracts.decode import MAX_DEPTH, nests_too_deep
from .contracts.verdict import broken
from .correlation import current_handling, with_current_cause
from .errors import ContractViolation
from .events.plain import plain
from .json_text import json_text
from .tracing import trace_headers


def event_of(
    body: Mapping[str, Any] | BaseModel,
    event_id: UUID | str | None,
    correlation_ids: Iterable[UUID | str] | None,
    *,
    tracking: bool,
) -> dict[str, Any]:
    """The event as JSON has it, with its id and its causes. Raises ContractViolation where JSON cannot hold it."""
    try:
        event = plain(body)
    except ValueError as error:  # Also what pydantic calls a circular reference: one that nests without end.
        raise _not_json(str(error)) from error
    if not isinstance(event, dict):
        raise _not_json(f"an event is an object, and not {type(body).__name__}")
    if event_id is not None:
        own = event.setdefault("event_id", str(event_id))
        if str(own).lower() != str(event_id).lower():
            message = f"is {own}, but {event_id} was given"
            violation = Violation("/event_id", "const", message)
            raise ContractViolation(broken("CONTRACT_VIOLATION", f"/event_id {message}.", violation))
    causes = event.get("correlation_ids")
    if isinstance(causes, list | None):  # Anything else is for the contract check to find.
        merged: list[Any] = [*(causes or ())]
        merged += [cause for cause in dict.fromkeys(map(str, correlation_ids or ())) if cause not in merged]
        if tracking:
            merged = with_current_cause(merged)
        if merged:
            event["correlation_ids"] = merged
    return event


def message_of(
    event: Mapping[str, Any], conversation_id: str | None, headers: Mapping[str, Any] | None
) -> aio_pika.Message:
    """A checked event as an AMQP message.

    Raises ContractViolation where JSON cannot hold it, ValueError where AMQP's properties cannot.
    """
    current = current_handling()
    causes = event.get("correlation_ids") or ()
    conversation = conversation_id or (current and current.conversation_id) or next(iter(causes), event["event_id"])
    return aio_pika.Message(
        _json(event),
        content_type="application/json",
        delivery_mode=DeliveryMode.PERSISTENT,
        message_id=event["event_id"],
        correlation_id=_short("conversation_id", conversation),
        type=event["event_type"],
        app_id=_short("/source/app", event["source"]["app"]),
        timestamp=int(time.time()),
        headers={**trace_headers(), **(headers or {})},
    )


def _short(name: str, text: str) -> str:
    """A property is 255 bytes of UTF-8 at most, which half of a surrogate pair does not have."""
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if (size := len(text.encode())) > 255:
        raise ValueError(f"{name} has {size} bytes, of which AMQP holds 255: {text[:40]}…")
    return text


def _json(event: Mapping[str, Any]) -> bytes:
    try:
        text = json_text(event, allow_nan=False)
    except ValueError as error:
        raise _not_json(str(error)) from error
    if nests_too_deep(text):
        raise _not_json(f"it nests deeper than {MAX_DEPTH} levels")
    return text.encode("utf-8")


def _not_json(why: str) -> ContractViolation:
    message = f"The body is not JSON: {why}."
    return ContractViolation(broken("MALFORMED_JSON", message, Violation("", "json", message)))
