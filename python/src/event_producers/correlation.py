"""Which event is being handled: known across `await` and in the tasks that a handler starts, by a context variable."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import UUID

if TYPE_CHECKING:
    from aio_pika.abc import AbstractIncomingMessage

    from .events.base import EventEnvelope

_TRACE_HEADERS = ("traceparent", "tracestate")


@dataclass(frozen=True, slots=True)
class Handling:
    """The event that the running code handles."""

    event_id: str
    event_type: str
    conversation_id: str
    """`event_id` of the conversation's first event."""
    trace_headers: Mapping[str, str] = field(default_factory=dict)
    """W3C trace context that came with the message."""


_current: ContextVar[Handling | None] = ContextVar("event_producers_handling", default=None)


def current_handling() -> Handling | None:
    """The event that the calling code handles, if any."""
    return _current.get()


@contextmanager
def handling(
    event: EventEnvelope | AbstractIncomingMessage | Mapping[str, Any],
    *,
    conversation_id: str | None = None,
    headers: Mapping[str, Any] | None = None,
) -> Iterator[Handling]:
    """Runs the block as the handling of an event: what is published inside names that event as its cause.

    Takes the envelope, the envelope as a dict, or aio-pika's message, which also tells the conversation and the trace.
    Raises ValueError for a message that is no event.

        async with message.process():
            with handling(message):
                await publisher.publish(...)
    """
    found = _handling_of(event, conversation_id, headers or {})
    token = _current.set(found)
    try:
        yield found
    finally:
        _current.reset(token)


def with_current_cause(correlation_ids: Iterable[UUID | str] | None) -> list[str]:
    """The handled event first, then the given ids, each once."""
    ids = dict.fromkeys(str(cause) for cause in correlation_ids or ())
    current = _current.get()
    if current is not None and current.event_id not in ids:
        return [current.event_id, *ids]
    return list(ids)


def _handling_of(event: Any, conversation_id: str | None, headers: Mapping[str, Any]) -> Handling:
    body = getattr(event, "body", None)
    if isinstance(body, bytes):  # aio-pika's message
        conversation_id = conversation_id or event.correlation_id
        headers = {**(event.headers or {}), **headers}
        event = _parsed(body)
    if isinstance(event, Mapping):
        event_id, event_type = str(event.get("event_id")), str(event.get("event_type"))
        causes = event.get("correlation_ids")
    else:
        event_id, event_type, causes = str(event.event_id), event.event_type, event.correlation_ids
    try:
        UUID(event_id)
    except ValueError as error:
        raise ValueError(f"Not an event: its event_id is no UUID, but {event_id[:80]!r}.") from error
    first = str(causes[0]) if isinstance(causes, list | tuple) and causes else event_id
    trace = {name: str(headers[name]) for name in _TRACE_HEADERS if headers.get(name)}
    return Handling(event_id, event_type, conversation_id or first, trace)


def _parsed(body: bytes) -> Mapping[str, Any]:
    try:
        event = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"Not an event: {error}.") from error
    if not isinstance(event, dict):
        raise ValueError(f"Not an event: {body[:80]!r} is no object.")
    return event
