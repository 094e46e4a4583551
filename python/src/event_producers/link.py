"""One kept connection to the bus, on which every message is confirmed."""

from __future__ import annotations

import asyncio
import contextlib
import re
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import aio_pika
import aiormq.exceptions as amqp
from aio_pika.abc import AbstractRobustChannel, AbstractRobustConnection, AbstractRobustExchange
from aio_pika.connection import make_url
from aio_pika.exceptions import CONNECTION_EXCEPTIONS
from aiormq.abc import DeliveredMessage

from .errors import BloodbankError, PublishRefused, PublishTimeout
from .settings import exchange_type, without_password

# A "#" or "/" in a password makes an address that is not one: it is not told all the same.
_PASSWORD = re.compile(r"//.*@")
_RECONNECT_SECONDS = 1.0
# A machine that went away without a word answers nothing: the next address has its turn well within a deadline.
_CONNECT_SECONDS = 5.0
# How long something is published again that RabbitMQ refused: an election takes seconds on a busy machine.
_REFUSED_SECONDS = 10.0
_BETWEEN_REFUSALS = 0.25
# AMQP 0-9-1 §4.2.3 and §4.2.6.1: what a frame has besides its payload, and a content header besides its properties.
_FRAME_OVERHEAD = 8
_CONTENT_HEADER = 12
# What ends with this channel or connection, and not with this message: it is sent again on the next one.
_PASSING = (amqp.AMQPConnectionError, amqp.ChannelInvalidStateError, amqp.ChannelClosed, ConnectionError)
# How aiormq tells that the broker does not let this user in, or not to the exchange.
_SHUT_OUT = (amqp.AuthenticationError, amqp.ProbableAuthenticationError, amqp.ChannelAccessRefused)
# What the broker closes a channel for because of the message itself.
_LASTING = (amqp.ChannelAccessRefused, amqp.ChannelPreconditionFailed, amqp.ChannelLockedResource)


@dataclass(slots=True)
class _Session:
    connection: AbstractRobustConnection
    channel: AbstractRobustChannel
    exchange: AbstractRobustExchange
    sending: int = 0
    """Messages that wait for their confirm on this channel."""

    @property
    def refuses_for_now(self) -> bool:
        """Whether a nack may mean "not now": RabbitMQ also refuses what it cannot place while a queue has no leader."""
        transport = self.connection.transport
        return transport is not None and transport.connection.server_properties.get("product") == "RabbitMQ"

    def refuse_too_long(self, message: aio_pika.Message) -> None:
        """Headers have one frame. A broker would end the connection over more, and again each time they are sent."""
        transport = self.connection.transport
        if transport is None or not message.headers:
            return
        room = transport.connection.connection_tune.frame_max - _FRAME_OVERHEAD
        if 0 < room < (size := _CONTENT_HEADER + len(message.properties.marshal())):
            raise ValueError(
                f"The headers make {size} bytes, of which a frame holds {room}: put what is long into the body."
            )


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
        self._sending = 0
        self._idle = asyncio.Event()
        self._idle.set()

    async def open(self) -> None:
        """Connects to the first address that can be used, and declares the exchange.

        Raises BloodbankError: BROKER_UNREACHABLE, TOPOLOGY_CONFLICT.
        """
        for url in self._urls:
            refuse_other(url)
        self._session = await self._first_usable()

    async def _first_usable(self) -> _Session:
        failed: list[str] = []
        cause: Exception | None = None
        for url in self._urls:
            try:
                return await self._set_up(await self._connect(url))
            except CONNECTION_EXCEPTIONS as error:
                failed.append(f"{without_password(url)}: {_reason(error)}")
                cause = error
        raise BloodbankError(
            "BROKER_UNREACHABLE",
            f"No broker can be used at {'; '.join(failed)}. "
            + (
                "Check user, password and virtual host in RABBITMQ_URL."
                if isinstance(cause, _SHUT_OUT) or _no_virtual_host(cause)
                else "Start the platform, or set RABBITMQ_URL."
            ),
        ) from cause

    async def send(self, message: aio_pika.Message, routing_key: str, deadline: float) -> bool:
        """Returns when the broker has confirmed the message; True where a queue was bound for it.

        RabbitMQ refuses where a queue is full or has no leader, and does not say which. The second passes, but up to
        3.10 not for the channel that met it: what is refused there is sent again on a fresh one, and only refused to
        the caller when that does not help.

        Raises PublishRefused, PublishTimeout, BloodbankError PUBLISH_REJECTED, and ValueError for headers that no frame
        holds.
        """
        self._sending += 1
        self._idle.clear()
        try:
            return await self._send(message, routing_key, deadline)
        finally:
            self._sending -= 1
            if self._sending == 0:
                self._idle.set()

    async def _send(self, message: aio_pika.Message, routing_key: str, deadline: float) -> bool:
        message_id = message.message_id or ""
        now = asyncio.get_running_loop().time
        refused: float | None = None
        try:
            async with asyncio.timeout(deadline):
                while (session := self._session) is not None:
                    session.refuse_too_long(message)
                    try:
                        answer = await self._send_on(session, message, routing_key)
                        return not isinstance(answer, DeliveredMessage)
                    except amqp.DeliveryError as error:
                        refused = now() if refused is None else refused
                        if not session.refuses_for_now or now() - refused > _REFUSED_SECONDS:
                            raise PublishRefused(message_id, routing_key) from error
                        await asyncio.sleep(_BETWEEN_REFUSALS)
                        await self._on_fresh_channel(session)
                    except _LASTING as error:
                        raise BloodbankError("PUBLISH_REJECTED", f"{routing_key} {message_id}: {error}") from error
                    except _PASSING:
                        await asyncio.sleep(0.05)
                        await self._reconnected()
        except TimeoutError as error:
            raise PublishTimeout(message_id, routing_key, deadline) from error
        raise BloodbankError("NOT_STARTED")

    async def close(self) -> None:
        """Waits until all that was sent is settled, and disconnects, also when nobody waits for that any longer."""
        try:
            await self._idle.wait()
        finally:
            session, self._session = self._session, None
            if session is not None:
                await session.connection.close()

    async def _connect(self, url: str) -> AbstractRobustConnection:
        """Not aio-pika's `connect_robust`: where that is cancelled, the connection goes on trying for ever, and is
        nobody's.
        """
        connection = aio_pika.RobustConnection(
            make_url(url),
            ssl_context=self._ssl_context,
            client_properties={"connection_name": self._name},
            reconnect_interval=_RECONNECT_SECONDS,
        )
        try:
            with _not_cancelled():
                await connection.connect(timeout=_CONNECT_SECONDS)
        except BaseException:
            await connection.close()
            raise
        return connection

    async def _send_on(self, session: _Session, message: aio_pika.Message, routing_key: str) -> object:
        session.sending += 1
        try:
            with _not_cancelled():
                return await session.exchange.publish(message, routing_key, mandatory=True)
        finally:
            session.sending -= 1
            await self._leave(session)

    async def _on_fresh_channel(self, refused: _Session) -> None:
        """What is published from now on goes to a new channel; the old one stays for what is on its way there."""
        async with self._moving:
            if self._session is not refused:
                return
            try:
                with _not_cancelled():
                    self._session = await self._channel_of(refused.connection)
            except _PASSING:
                return  # The next attempt meets the same, and waits for the connection.
        await self._leave(refused)

    async def _leave(self, session: _Session) -> None:
        """Closes a channel that another one has replaced, when nothing is on its way there."""
        if self._session is None or self._session is session or session.sending > 0:
            return
        # What was already lost need not be closed.
        with contextlib.suppress(Exception), _not_cancelled():
            await session.channel.close()

    async def _channel_of(self, connection: AbstractRobustConnection) -> _Session:
        channel = await connection.channel(publisher_confirms=True)
        # `send` tells whether its message was routed: aio-pika need not warn of each that was returned.
        channel.return_callbacks.add(_ignore)
        exchange = await channel.declare_exchange(self._exchange, exchange_type(), durable=True)
        return _Session(connection, channel, exchange)

    async def _set_up(self, connection: AbstractRobustConnection) -> _Session:
        try:
            with _not_cancelled():
                return await self._channel_of(connection)
        except amqp.ChannelPreconditionFailed as error:
            await connection.close()
            raise BloodbankError("TOPOLOGY_CONFLICT", str(error)) from error
        except BaseException:
            await connection.close()
            raise

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
                    found = await self._first_usable()
                except BloodbankError:
                    return  # None answers yet: whoever publishes asks again until its deadline.
                if self._session is lost:  # And was not closed meanwhile.
                    self._session, found = found, lost
                await found.connection.close()


@contextlib.contextmanager
def _not_cancelled() -> Iterator[None]:
    """aiormq ends what waits on a connection that it gave up, because it was closed or nothing was heard on it, as if
    somebody had wanted this task to end.
    """
    task = asyncio.current_task()
    asked = task.cancelling() if task is not None else 0
    try:
        yield
    except asyncio.CancelledError as error:
        if task is None or task.cancelling() > asked:
            raise
        raise ConnectionError("the connection was given up") from error


def refuse_other(url: str) -> None:
    """aio-pika would go on trying what no broker can have for its address."""
    try:
        parts = urlsplit(url)
        if parts.scheme in ("amqp", "amqps") and parts.hostname and (parts.port is None or parts.port > 0):
            return
    except ValueError:  # Also what stands for a port and is none.
        pass
    raise BloodbankError(
        "BROKER_UNREACHABLE",
        f"Not the address of a broker: {_PASSWORD.sub('//***@', url)}. It looks like amqp://user:password@host:5672/.",
    )


def _reason(error: Exception) -> str:
    if _no_virtual_host(error):
        return "there is no such virtual host, or it is closed to this user"
    if isinstance(error, TimeoutError):
        return f"no answer within {_CONNECT_SECONDS:g} s"
    return repr(error)


def _no_virtual_host(error: Exception | None) -> bool:
    # aiormq keeps nothing of what the broker said, but that it did something else than to open the connection.
    return isinstance(error, amqp.InvalidFrameError) and "Connection.OpenOk" in str(error)


def _ignore(*_: object) -> None:
    pass
