"""For consumers written with FastStream: causes, and contracts on arrival.

    broker = RabbitBroker(url, middlewares=[EventMiddleware])

Needs `pip install event-producers[faststream]`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from aio_pika.abc import AbstractIncomingMessage
from faststream import BaseMiddleware
from faststream.message import StreamMessage

from .contracts import default_catalog
from .correlation import handling


class CorrelationMiddleware(BaseMiddleware):
    """What a handler publishes names the event that it handles as its cause."""

    async def consume_scope(
        self, call_next: Callable[[StreamMessage[Any]], Awaitable[Any]], msg: StreamMessage[Any]
    ) -> Any:
        try:
            scope = handling(msg.raw_message)
            scope.__enter__()
        except ValueError:
            return await call_next(msg)  # Not an event: there is no cause to name.
        try:
            return await call_next(msg)
        finally:
            scope.__exit__(None, None, None)


class EventMiddleware(CorrelationMiddleware):
    """Also checks each event: one that breaks its contract raises ContractViolation and never reaches the handler.

    FastStream rejects it then, and the queue's policy sets it aside in the dead letters.
    """

    async def consume_scope(
        self, call_next: Callable[[StreamMessage[Any]], Awaitable[Any]], msg: StreamMessage[Any]
    ) -> Any:
        default_catalog().validate_bytes(msg.body, _routing_key(msg.raw_message)).raise_if_broken()
        return await super().consume_scope(call_next, msg)


def _routing_key(message: AbstractIncomingMessage) -> str | None:
    """What the event was published with; unknown for what was sent straight to the queue."""
    original = message.headers.get("x-original-routing-key")
    if isinstance(original, str):
        return original
    return message.routing_key if message.exchange else None
