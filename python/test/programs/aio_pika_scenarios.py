"""aio-pika's robust connection, as its users write it."""

import asyncio
import hashlib
import os

import aio_pika
from aio_pika import DeliveryMode, Message
from aio_pika.exceptions import AMQPError, DeliveryError, PublishError
from aiormq.exceptions import ChannelInvalidStateError
from scenarios import MIB, interrupted_async, run, scenario, unique


async def connect():
    return await aio_pika.connect_robust(os.environ["RABBITMQ_URL"], reconnect_interval=0.2)


def message(body: bytes, **more) -> Message:
    return Message(body, delivery_mode=DeliveryMode.PERSISTENT, **more)


@scenario
async def confirms_and_returns() -> None:
    async with await connect() as connection:
        channel = await connection.channel(on_return_raises=True)
        queue = await channel.declare_queue(unique("confirms"), durable=True)
        await channel.default_exchange.publish(message(b"routed"), queue.name)
        try:
            await channel.default_exchange.publish(message(b"lost"), unique("nowhere"))
            raise AssertionError("an unroutable message was taken")
        except (PublishError, DeliveryError) as error:
            assert error.message.body == b"lost", error
        await asyncio.gather(
            *(channel.default_exchange.publish(message(b"routed"), queue.name) for _ in range(200))
        )
        again = await (await connection.channel()).declare_queue(queue.name, passive=True)
        assert again.declaration_result.message_count == 201


@scenario
async def prefetch() -> None:
    async with await connect() as connection:
        channel = await connection.channel()
        await channel.set_qos(prefetch_count=5)
        queue = await channel.declare_queue(unique("prefetch"), durable=True)
        for index in range(20):
            await channel.default_exchange.publish(message(str(index).encode()), queue.name)
        got: asyncio.Queue = asyncio.Queue()
        await queue.consume(got.put)
        held = [await asyncio.wait_for(got.get(), 10) for _ in range(5)]
        await asyncio.sleep(0.3)
        assert got.empty(), "more than the prefetch came"
        bodies = []
        while held:
            one = held.pop(0)
            bodies.append(one.body)
            await one.ack()
            if len(bodies) + len(held) < 20:
                held.append(await asyncio.wait_for(got.get(), 10))
        assert bodies == [str(index).encode() for index in range(20)], bodies


@scenario
async def nack_and_requeue() -> None:
    async with await connect() as connection:
        channel = await connection.channel()
        queue = await channel.declare_queue(unique("nack"), durable=True)
        await channel.default_exchange.publish(message(b"again"), queue.name)
        first = await queue.get(timeout=10)
        assert not first.redelivered
        await first.nack(requeue=True)
        got: asyncio.Queue = asyncio.Queue()
        await queue.consume(got.put)
        second = await asyncio.wait_for(got.get(), 10)
        assert (second.body, second.redelivered) == (b"again", True)
        await second.ack()


@scenario
async def dead_letters() -> None:
    async with await connect() as connection:
        channel = await connection.channel()
        dead = await channel.declare_queue(unique("dead"), durable=True)
        queue = await channel.declare_queue(
            unique("dying"),
            durable=True,
            arguments={"x-dead-letter-exchange": "", "x-dead-letter-routing-key": dead.name},
        )
        await channel.default_exchange.publish(message(b"bad", message_id="m1"), queue.name)
        one = await queue.get(timeout=10)
        try:
            async with one.process():
                raise ValueError("cannot be handled")
        except ValueError:
            pass
        got: asyncio.Queue = asyncio.Queue()
        await dead.consume(got.put)
        letter = await asyncio.wait_for(got.get(), 10)
        death = letter.headers["x-death"][0]
        assert (letter.body, letter.message_id) == (b"bad", "m1")
        assert (death["queue"], death["reason"], death["count"]) == (queue.name, "rejected", 1), death
        await letter.ack()


@scenario
async def large_bodies() -> None:
    async with await connect() as connection:
        channel = await connection.channel()
        queue = await channel.declare_queue(unique("large"), durable=True)
        body = os.urandom(16 * MIB)
        await channel.default_exchange.publish(message(body), queue.name)
        got = await queue.get(timeout=20)
        assert hashlib.sha256(got.body).digest() == hashlib.sha256(body).digest()
        await got.ack()


@scenario
async def many_channels() -> None:
    async with await connect() as connection:
        channels = [await connection.channel() for _ in range(200)]
        queue = await channels[0].declare_queue(unique("channels"), durable=True)
        await asyncio.gather(
            *(
                channel.default_exchange.publish(message(str(index).encode()), queue.name)
                for index, channel in enumerate(channels)
            )
        )
        again = await channels[-1].declare_queue(queue.name, passive=True)
        assert again.declaration_result.message_count == 200
        for channel in channels[::2]:
            await channel.close()
        await channels[1].default_exchange.publish(message(b"still"), queue.name)


@scenario
async def cancel_notification() -> None:
    async with await aio_pika.connect(os.environ["RABBITMQ_URL"]) as connection, await connect() as other:
        channel = await connection.channel()
        queue = await channel.declare_queue(unique("cancelled"), durable=True)
        cancelled = asyncio.Event()
        underlay = await channel.get_underlay_channel()
        tags = []

        def on_cancel(frame) -> None:
            tags.append(frame.consumer_tag)
            cancelled.set()

        underlay.on_consumer_cancel_callbacks.add(on_cancel)
        tag = await queue.consume(lambda _: asyncio.sleep(0))
        await (await other.channel()).queue_delete(queue.name)
        await asyncio.wait_for(cancelled.wait(), 10)
        assert tags == [tag], tags
        await channel.declare_queue(unique("still"), exclusive=True)


@scenario
async def reconnect() -> None:
    async with await connect() as connection:
        channel = await connection.channel()
        await channel.set_qos(prefetch_count=10)
        queue = await channel.declare_queue(unique("reconnect"), durable=True)
        bodies: list[bytes] = []
        complete = asyncio.Event()

        async def handle(one: aio_pika.abc.AbstractIncomingMessage) -> None:
            try:
                async with one.process():
                    bodies.append(one.body)
                    if len(set(bodies)) == 60:
                        complete.set()
            except (AMQPError, ChannelInvalidStateError):
                pass  # The ack had no connection any more: it comes again.

        await queue.consume(handle)
        sent = 0
        while sent < 60:
            try:
                await channel.default_exchange.publish(message(str(sent).encode()), queue.name)
                sent += 1
                if sent == 30:
                    await interrupted_async("connection")
            except (AMQPError, ChannelInvalidStateError, ConnectionError):
                await asyncio.sleep(0.05)
                await channel.ready()
        await asyncio.wait_for(complete.wait(), 20)


run()
