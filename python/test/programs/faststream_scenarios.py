"""FastStream, as its users write it."""

import asyncio
import hashlib
import os

from aio_pika.exceptions import AMQPError, DeliveryError
from aiormq.exceptions import ChannelInvalidStateError, PublishError
from faststream import AckPolicy
from faststream.exceptions import NackMessage
from faststream.rabbit import Channel, RabbitBroker, RabbitMessage, RabbitQueue
from scenarios import MIB, interrupted_async, run, scenario, unique


def broker_at(**more) -> RabbitBroker:
    return RabbitBroker(os.environ["RABBITMQ_URL"], logger=None, reconnect_interval=0.2, **more)


@scenario
async def confirms_and_returns() -> None:
    queue = RabbitQueue(unique("confirms"), durable=True)
    async with broker_at(default_channel=Channel(on_return_raises=True)) as broker:
        await broker.declare_queue(queue)
        await broker.publish("routed", queue, persist=True)
        try:
            await broker.publish("lost", unique("nowhere"), persist=True)
            raise AssertionError("an unroutable message was taken")
        except (DeliveryError, PublishError):
            pass
        await broker.publish("routed", queue, persist=True)
        again = await (await broker._connection.channel()).declare_queue(queue.name, passive=True)
        assert again.declaration_result.message_count == 2


@scenario
async def prefetch() -> None:
    queue = RabbitQueue(unique("prefetch"), durable=True)
    async with broker_at() as publisher:
        await publisher.declare_queue(queue)
        for index in range(20):
            await publisher.publish(str(index), queue, persist=True)
        broker = broker_at()
        held: asyncio.Queue = asyncio.Queue()
        go = asyncio.Event()
        bodies = []

        @broker.subscriber(queue, channel=Channel(prefetch_count=5))
        async def handle(body: str) -> None:
            held.put_nowait(body)
            await go.wait()
            bodies.append(int(body))

        async with broker:
            await broker.start()
            for _ in range(5):
                await asyncio.wait_for(held.get(), 10)
            await asyncio.sleep(0.3)
            assert held.empty(), "more than the prefetch came"
            go.set()
            while len(bodies) < 20:
                await asyncio.sleep(0.02)
            assert sorted(bodies) == list(range(20)), bodies


@scenario
async def nack_and_requeue() -> None:
    queue = RabbitQueue(unique("nack"), durable=True)
    broker = broker_at()
    seen: list[bool] = []
    done = asyncio.Event()

    @broker.subscriber(queue, ack_policy=AckPolicy.NACK_ON_ERROR)
    async def handle(body: str, message: RabbitMessage) -> None:
        seen.append(message.raw_message.redelivered)
        if len(seen) == 1:
            raise NackMessage
        if len(seen) == 2:
            raise RuntimeError("nacked by its policy")
        done.set()

    async with broker:
        await broker.start()
        await broker.publish("again", queue, persist=True)
        await asyncio.wait_for(done.wait(), 20)
    assert seen == [False, True, True], seen


@scenario
async def dead_letters() -> None:
    dead = RabbitQueue(unique("dead"), durable=True)
    queue = RabbitQueue(
        unique("dying"),
        durable=True,
        arguments={"x-dead-letter-exchange": "", "x-dead-letter-routing-key": dead.name},
    )
    broker = broker_at()
    letters: asyncio.Queue = asyncio.Queue()

    @broker.subscriber(queue)
    async def handle(_: str) -> None:
        raise ValueError("cannot be handled")

    @broker.subscriber(dead)
    async def bury(body: str, message: RabbitMessage) -> None:
        letters.put_nowait((body, message.headers["x-death"][0]))

    async with broker:
        await broker.start()
        await broker.publish("bad", queue, persist=True)
        body, death = await asyncio.wait_for(letters.get(), 20)
    assert body == "bad"
    assert (death["queue"], death["reason"], death["count"]) == (queue.name, "rejected", 1), death


@scenario
async def large_bodies() -> None:
    queue = RabbitQueue(unique("large"), durable=True)
    broker = broker_at()
    body = os.urandom(16 * MIB)
    got: asyncio.Queue = asyncio.Queue()

    @broker.subscriber(queue)
    async def handle(message: RabbitMessage) -> None:
        got.put_nowait(hashlib.sha256(message.body).digest())

    async with broker:
        await broker.start()
        await broker.publish(body, queue, persist=True)
        assert await asyncio.wait_for(got.get(), 30) == hashlib.sha256(body).digest()


@scenario
async def many_channels() -> None:
    queues = [RabbitQueue(unique("channels"), durable=True) for _ in range(50)]
    broker = broker_at()
    got: set[str] = set()
    for index, queue in enumerate(queues):

        @broker.subscriber(queue, channel=Channel(prefetch_count=1 + index))
        async def handle(body: str) -> None:
            got.add(body)

    async with broker:
        await broker.start()
        await asyncio.gather(*(broker.publish(queue.name, queue, persist=True) for queue in queues))
        while len(got) < len(queues):
            await asyncio.sleep(0.02)


@scenario
async def cancel_notification() -> None:
    """Its consumer comes back when a queue that was deleted is there again."""
    queue = RabbitQueue(unique("cancelled"), durable=True)
    broker = broker_at()
    got = asyncio.Event()

    @broker.subscriber(queue)
    async def handle(_: str) -> None:
        got.set()

    async with broker, broker_at() as other:
        await broker.start()
        await other.publish("one", queue, persist=True)
        await asyncio.wait_for(got.wait(), 10)
        got.clear()
        channel = await other._connection.channel()
        await channel.queue_delete(queue.name)
        await other.declare_queue(queue)
        while not got.is_set():
            await other.publish("two", queue, persist=True)
            await asyncio.sleep(0.2)


@scenario
async def reconnect() -> None:
    queue = RabbitQueue(unique("reconnect"), durable=True)
    broker = broker_at()
    got: set[int] = set()

    @broker.subscriber(queue)
    async def handle(body: str) -> None:
        got.add(int(body))

    async with broker:
        await broker.start()
        sent = 0
        while sent < 60:
            try:
                await broker.publish(str(sent), queue, persist=True)
                sent += 1
                if sent == 30:
                    await interrupted_async("connection")
            except (AMQPError, ChannelInvalidStateError, ConnectionError):
                await asyncio.sleep(0.1)
        while len(got) < 60:
            await asyncio.sleep(0.05)


run()
