"""Publishing with a promise that is kept: what `publish` returned for is on the bus, confirmed by the broker."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from .chain import CorrelationChain, get_correlation_chain
from .contracts import Catalog, default_catalog
from .errors import BloodbankError
from .link import ConfirmedLink
from .outgoing import event_of, message_of
from .settings import bus_urls, exchange_name


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

    `url`: by default `RABBITMQ_URL`, else the platform that runs here; several nodes of a cluster have commas between
    them. `enable_correlation_tracking`: inside a handler (`handling`, or the FastStream middleware) the handled event
    is added to the causes of what is published. `deadline`: seconds until `publish` gives up waiting for its confirm.
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
        self._exchange = exchange
        self._catalog = catalog
        self._deadline = deadline
        self._connection_name = connection_name
        self._ssl_context = ssl_context
        self._live_in(None)

    def _live_in(self, loop: asyncio.AbstractEventLoop | None) -> None:
        """All of this belongs to one event loop, the locks as soon as somebody had to wait for them."""
        self._loop = loop
        self._link: ConfirmedLink | None = None
        self._starting = asyncio.Lock()
        self._closing = asyncio.Lock()

    async def start(self) -> None:
        """Connects and declares the exchange.

        Raises BloodbankError: BROKER_UNREACHABLE where nobody answers, TOPOLOGY_CONFLICT where the exchange is another.
        """
        self._enter_loop()
        async with self._starting:
            if self._link is not None:
                return
            self._catalog = self._catalog or default_catalog()
            link = ConfirmedLink(
                bus_urls(self._url),
                exchange_name(self._exchange),
                name=self._connection_name,
                ssl_context=self._ssl_context,
            )
            await link.open()
            self._link = link

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
        the event down, PublishTimeout when the deadline passed, ValueError for headers, an app or a conversation that AMQP
        has no room for.
        """
        self._enter_loop()
        if self._link is None or self._catalog is None:
            raise BloodbankError("NOT_STARTED")
        event = event_of(body, event_id, correlation_ids, tracking=self._tracking)
        self._catalog.validate(event, routing_key).raise_if_broken()
        message = message_of(event, conversation_id, headers)
        routed = await self._link.send(message, routing_key, self._deadline)
        return Published(UUID(event["event_id"]), routed)

    async def close(self) -> None:
        """Takes nothing more, waits until all that was published is settled, and disconnects."""
        self._enter_loop()
        async with self._starting:  # What only just connects is closed as well.
            link, self._link = self._link, None
        async with self._closing:  # Who closes it a second time waits for the same.
            if link is not None:
                await link.close()

    async def get_correlation_chain(self, event_id: UUID | str) -> CorrelationChain:
        """What caused the event, and what came of it, as the event store knows it."""
        return await get_correlation_chain(event_id)

    def _enter_loop(self) -> None:
        """A connection lives in one event loop, and ended with it: in another one nothing would ever be confirmed."""
        loop = asyncio.get_running_loop()
        if loop is self._loop:
            return
        at_work = self._link is not None or self._starting.locked() or self._closing.locked()
        if at_work and self._loop is not None and not self._loop.is_closed():
            raise BloodbankError(
                "NOT_STARTED",
                "It was started in another event loop, and not closed there: close it in the one that started it, "
                "or make one Publisher for each asyncio.run().",
            )
        self._live_in(loop)

    async def __aenter__(self) -> Publisher:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()
