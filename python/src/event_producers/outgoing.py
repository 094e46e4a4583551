"""From an event to what is sent: JSON and AMQP properties, as docs/architecture.md says."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

import aio_pika
from aio_pika.abc import DeliveryMode
from pydantic import BaseModel
from pydantic_core import to_jsonable_python

from .contracts import Violation
from .contracts.decode import MAX_DEPTH, nests_too_deep
from .contracts.verdict import broken
from .correlation import current_handling, with_current_cause
from .errors import ContractViolation
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
        event = to_jsonable_python(body)
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
        merged += [cause for cause in map(str, correlation_ids or ()) if cause not in merged]
        if tracking:
            merged = with_current_cause(merged)
        if merged:
            event["correlation_ids"] = merged
    return event


def message_of(
    event: Mapping[str, Any], conversation_id: str | None, headers: Mapping[str, Any] | None
) -> aio_pika.Message:
    """A checked event as an AMQP message. Raises ContractViolation where JSON cannot hold it."""
    current = current_handling()
    causes = event.get("correlation_ids") or ()
    conversation = conversation_id or (current and current.conversation_id) or next(iter(causes), event["event_id"])
    return aio_pika.Message(
        _json(event),
        content_type="application/json",
        delivery_mode=DeliveryMode.PERSISTENT,
        message_id=event["event_id"],
        correlation_id=conversation,
        type=event["event_type"],
        app_id=event["source"]["app"],
        timestamp=int(time.time()),
        headers={**trace_headers(), **(headers or {})},
    )


def _json(event: Mapping[str, Any]) -> bytes:
    try:
        text = json.dumps(event, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    except ValueError as error:
        raise _not_json(f"{error}: NaN and Infinity are not JSON") from error
    if nests_too_deep(text):
        raise _not_json(f"it nests deeper than {MAX_DEPTH} levels")
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        # Half of a surrogate pair has no UTF-8; escaped, it passes as it does in JavaScript.
        return json.dumps(event, separators=(",", ":")).encode("ascii")


def _not_json(why: str) -> ContractViolation:
    message = f"The body is not JSON: {why}."
    return ContractViolation(broken("MALFORMED_JSON", message, Violation("", "json", message)))
