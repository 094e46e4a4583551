"""Publishing with a promise that is kept: what `publish` returned for is on the bus, confirmed by the broker."""

from __future__ import annotations

import asyncio
import json
import ssl
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any
from uuid import UUID

import aio_pika
import aiormq.exceptions as amqp
from aio_pika.abc import AbstractRobustChannel, AbstractRobustConnection, AbstractRobustExchange, DeliveryMode
from aiormq.abc import DeliveredMessage
from pydantic import BaseModel
from pydantic_core import to_jsonable_python

from .chain import CorrelationChain, get_correlation_chain
from .contracts import Catalog, Violation, default_catalog
from .contracts.decode import MAX_DEPTH, nests_too_deep
from .contracts.verdict import broken
from .correlation import current_handling, with_current_cause
from .errors import BloodbankError, ContractViolation, PublishRefused, PublishTimeout
from .settings import bus_url, exchange_name, exchange_type, without_password
from .tracing import trace_headers

_RECONNECT_SECONDS = 1.0
# What ends with this channel or connection, and not with this event: it is sent again on the next one.
_PASSING = (amqp.AMQPConnectionError, amqp.ChannelInvalidStateError, amqp.ChannelClosed, ConnectionError)
# What the broker closes a channel for because of the event itself.
_LASTING = (amqp.ChannelAccessRefused, amqp.ChannelPreconditionFailed, amqp.ChannelLockedResource)


@dataclass(frozen=True, slots=True)
class Published:
    """A confirmed event. `routed`: at least one queue was bound for it."""

    event_id: UUID
    routed: bool


class Publisher:
    """Publishes events to the bus.

        publisher = Publisher(enable_correlation_tracking=True)
        await publisher.start()
        await publisher.publish(routing_key="artifact.created", body=envelope.model_dump(mode="json"))
        await publisher.close()

    Also `async with Publisher() as publisher`. One is enough for a program; `publish` may run many times at once.

    `url`: by default `RABBITMQ_URL`, else the platform that runs here. `enable_correlation_tracking`: inside a handler
    (`handling`, or the FastStream middleware) the handled event is added to the causes of what is published.
    `deadline`: seconds until `publish` gives up waiting for its confirm.
    """

    def __init__(
        self,
        *,
        enable_correlation_tracking: bool = True,
        url: str | None = None,
        exchange: str | None = None,
        catalog: Catalog | None = None,
        deadline: float = 30.0,
        connection_name: str = "event_producers publisher",
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self._tracking = enable_correlation_tracking
        self._url = url
        self._exchange_name = exchange_name(exchange)
        self._catalog = catalog
        self._deadline = deadline
        self._connection_name = connection_name
        self._ssl_context = ssl_context
        self._connection: AbstractRobustConnection | None = None
        self._channel: AbstractRobustChannel | None = None
        self._exchange: AbstractRobustExchange | None = None
        self._in_flight = 0
        self._idle = asyncio.Event()
        self._idle.set()

    async def start(self) -> None:
        """Connects and declares the exchange.

        Raises BloodbankError: BROKER_UNREACHABLE where nobody answers, TOPOLOGY_CONFLICT where the exchange is another.
        """
        if self._connection is not None:
            return
        self._catalog = self._catalog or default_catalog()
        url = bus_url(self._url)
        try:
            connection = await aio_pika.connect_robust(
                url,
                ssl_context=self._ssl_context,
                client_properties={"connection_name": self._connection_name},
                reconnect_interval=_RECONNECT_SECONDS,
            )
        except (OSError, amqp.AMQPError) as error:
            raise BloodbankError(
                "BROKER_UNREACHABLE",
                f"No broker can be used at {without_password(url)}: {error!r}. Start the platform, or set RABBITMQ_URL.",
            ) from error
        try:
            channel = await connection.channel(publisher_confirms=True)
            # `publish` tells whether its event was routed: aio-pika need not warn of each that was returned.
            channel.return_callbacks.add(_ignore)
            self._exchange = await channel.declare_exchange(self._exchange_name, exchange_type(), durable=True)
        except amqp.ChannelPreconditionFailed as error:
            await connection.close()
            raise BloodbankError("TOPOLOGY_CONFLICT", str(error)) from error
        except BaseException:
            await connection.close()
            raise
        self._connection, self._channel = connection, channel

    async def publish(
        self,
        routing_key: str,
        body: Mapping[str, Any] | BaseModel,
        event_id: UUID | str | None = None,
        *,
        correlation_ids: Iterable[UUID | str] | None = None,
        conversation_id: str | None = None,
        headers: Mapping[str, Any] | None = None,
    ) -> Published:
        """Checks the event against its contract, sends it, and returns when the broker has confirmed it.

        `body` is the whole event, as `envelope.model_dump(mode="json")` gives it, or the envelope itself. `event_id`
        must be the body's, which may leave it out. `correlation_ids` are further causes. A lost connection is waited
        for, and the event sent again with the same id.

        Raises ContractViolation before a byte leaves, PublishRefused when the broker's admission or a full queue turned
        the event down, PublishTimeout when the deadline passed.
        """
        if self._exchange is None or self._catalog is None:
            raise BloodbankError("NOT_STARTED")
        event = self._event(body, event_id, correlation_ids)
        self._catalog.validate(event, routing_key).raise_if_broken()
        message = _message(event, conversation_id, headers)
        self._in_flight += 1
        self._idle.clear()
        try:
            routed = await self._send(self._exchange, message, routing_key)
        finally:
            self._in_flight -= 1
            if self._in_flight == 0:
                self._idle.set()
        return Published(UUID(event["event_id"]), routed)

    async def close(self) -> None:
        """Waits until all that was published is settled, and disconnects."""
        connection, self._connection = self._connection, None
        self._exchange = None
        if connection is not None:
            await self._idle.wait()
            await connection.close()

    async def get_correlation_chain(self, event_id: UUID | str) -> CorrelationChain:
        """What caused the event, and what came of it, as the event store knows it."""
        return await get_correlation_chain(event_id)

    async def __aenter__(self) -> Publisher:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def _event(
        self,
        body: Mapping[str, Any] | BaseModel,
        event_id: UUID | str | None,
        correlation_ids: Iterable[UUID | str] | None,
    ) -> dict[str, Any]:
        try:
            event = to_jsonable_python(body)
        except ValueError as error:  # Also what pydantic calls a circular reference: one that nests without end.
            raise _not_json(str(error)) from error
        if not isinstance(event, dict):
            raise _not_json(f"an event is an object, and not {type(body).__name__}")
        if event_id is not None:
            own = event.setdefault("event_id", str(event_id))
            if str(own).lower() != str(event_id).lower():
                message = f"The body's event_id is {own}, and {event_id} was given."
                violation = Violation("/event_id", "const", message)
                raise ContractViolation(broken("CONTRACT_VIOLATION", message, violation))
        causes = event.get("correlation_ids")
        if isinstance(causes, list | None):
            merged = list(dict.fromkeys([*(causes or ()), *map(str, correlation_ids or ())]))
            if self._tracking:
                merged = with_current_cause(merged)
            if merged:
                event["correlation_ids"] = merged
        return event

    async def _send(self, exchange: AbstractRobustExchange, message: aio_pika.Message, routing_key: str) -> bool:
        event_id = message.message_id or ""
        try:
            async with asyncio.timeout(self._deadline):
                while True:
                    try:
                        answer = await exchange.publish(message, routing_key, mandatory=True)
                        return not isinstance(answer, DeliveredMessage)
                    except amqp.DeliveryError as error:
                        raise PublishRefused(event_id, routing_key) from error
                    except _LASTING as error:
                        raise BloodbankError("PUBLISH_REJECTED", f"{routing_key} {event_id}: {error}") from error
                    except _PASSING:
                        await asyncio.sleep(0.05)
                        if self._channel is not None:
                            await self._channel.ready()
        except TimeoutError as error:
            raise PublishTimeout(event_id, routing_key, self._deadline) from error


def _ignore(*_: object) -> None:
    pass


def _message(
    event: dict[str, Any], conversation_id: str | None, headers: Mapping[str, Any] | None
) -> aio_pika.Message:
    current = current_handling()
    causes = event.get("correlation_ids") or ()
    conversation = conversation_id or (current and current.conversation_id) or next(iter(causes), event["event_id"])
    try:
        text = json.dumps(event, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    except ValueError as error:
        raise _not_json(f"{error}: NaN and Infinity are not JSON") from error
    if nests_too_deep(text):
        raise _not_json(f"it nests deeper than {MAX_DEPTH} levels")
    return aio_pika.Message(
        # Half of a surrogate pair has no UTF-8; escaped, it passes as it does in JavaScript.
        text.encode("utf-8") if _encodes(text) else json.dumps(event, separators=(",", ":")).encode("ascii"),
        content_type="application/json",
        delivery_mode=DeliveryMode.PERSISTENT,
        message_id=event["event_id"],
        correlation_id=conversation,
        type=event["event_type"],
        app_id=event["source"]["app"],
        timestamp=int(time.time()),
        headers={**trace_headers(), **(headers or {})},
    )


def _encodes(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _not_json(why: str) -> ContractViolation:
    message = f"The body is not JSON: {why}."
    return ContractViolation(broken("MALFORMED_JSON", message, Violation("", "json", message)))
