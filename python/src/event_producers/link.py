"""One kept connection to the bus, on which every message is confirmed."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass

import aio_pika
import aiormq.exceptions as amqp
from aio_pika.abc import AbstractRobustChannel, AbstractRobustConnection, AbstractRobustExchange
from aiormq.abc import DeliveredMessage

from .errors import BloodbankError, PublishRefused, PublishTimeout
from .settings import exchange_type, without_password

_RECONNECT_SECONDS = 1.0
# What ends with this channel or connection, and not with this message: it is sent again on the next one.
_PASSING = (amqp.AMQPConnectionError, amqp.ChannelInvalidStateError, amqp.ChannelClosed, ConnectionError)
# What the broker closes a channel for because of the message itself.
_LASTING = (amqp.ChannelAccessRefused, amqp.ChannelPreconditionFailed, amqp.ChannelLockedResource)


@dataclass(slots=True)
class _Session:
    connection: AbstractRobustConnection
    channel: AbstractRobustChannel
    exchange: AbstractRobustExchange


class ConfirmedLink:
    """Closed until `open`. What `send` returned for is confirmed, whatever happened to the connection meanwhile."""

    def __init__(
        self, urls: tuple[str, ...], exchange: str, *, name: str, ssl_context: ssl.SSLContext | None
    ) -> None:
        self._urls = urls
        self._exchange = exchange
        self._name = name
        self._ssl_context = ssl_context
        self._session: _Session | None = None
        self._moving = asyncio.Lock()

    async def open(self) -> None:
        """Connects to the first address that can be used, and declares the exchange.

        Raises BloodbankError: BROKER_UNREACHABLE, TOPOLOGY_CONFLICT.
        """
        failed: list[str] = []
        cause: Exception | None = None
        for url in self._urls:
            try:
                connection = await aio_pika.connect_robust(
                    url,
                    ssl_context=self._ssl_context,
                    client_properties={"connection_name": self._name},
                    reconnect_interval=_RECONNECT_SECONDS,
                )
            except (OSError, amqp.AMQPError) as error:
                failed.append(f"{without_password(url)}: {error!r}")
                cause = error
                continue
            self._session = await self._set_up(connection)
            return
        raise BloodbankError(
            "BROKER_UNREACHABLE",
            f"No broker can be used at {'; '.join(failed)}. Start the platform, or set RABBITMQ_URL.",
        ) from cause

    async def send(self, message: aio_pika.Message, routing_key: str, deadline: float) -> bool:
        """Returns when the broker has confirmed the message; True where a queue was bound for it.

        Raises PublishRefused, PublishTimeout, and BloodbankError PUBLISH_REJECTED.
        """
        message_id = message.message_id or ""
        try:
            async with asyncio.timeout(deadline):
                while (session := self._session) is not None:
                    try:
                        answer = await session.exchange.publish(message, routing_key, mandatory=True)
                        return not isinstance(answer, DeliveredMessage)
                    except amqp.DeliveryError as error:
                        raise PublishRefused(message_id, routing_key) from error
                    except _LASTING as error:
                        raise BloodbankError("PUBLISH_REJECTED", f"{routing_key} {message_id}: {error}") from error
                    except _PASSING:
                        await asyncio.sleep(0.05)
                        await self._reconnected()
        except TimeoutError as error:
            raise PublishTimeout(message_id, routing_key, deadline) from error
        raise BloodbankError("NOT_STARTED")

    async def close(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.connection.close()

    async def _set_up(self, connection: AbstractRobustConnection) -> _Session:
        try:
            channel = await connection.channel(publisher_confirms=True)
            # `send` tells whether its message was routed: aio-pika need not warn of each that was returned.
            channel.return_callbacks.add(_ignore)
            exchange = await channel.declare_exchange(self._exchange, exchange_type(), durable=True)
        except amqp.ChannelPreconditionFailed as error:
            await connection.close()
            raise BloodbankError("TOPOLOGY_CONFLICT", str(error)) from error
        except BaseException:
            await connection.close()
            raise
        return _Session(connection, channel, exchange)

    async def _reconnected(self) -> None:
        """Waits for the connection; where the bus has several addresses, moves to one that answers."""
        async with self._moving:
            if (lost := self._session) is None:
                return
            try:
                async with asyncio.timeout(None if len(self._urls) == 1 else 2 * _RECONNECT_SECONDS):
                    await lost.channel.ready()
            except TimeoutError:
                self._urls = (*self._urls[1:], self._urls[0])
                try:
                    await self.open()
                except BloodbankError:
                    return  # None answers yet: whoever publishes asks again until its deadline.
                await lost.connection.close()


def _ignore(*_: object) -> None:
    pass
