"""A process of its own: validated, confirmed publishing from Python.

publish.py aio-pika|faststream|event_producers PORT EVENTS WINDOW. Prints confirmed events a second. The first two are the
specification's stack as a careful user writes it: one compiled jsonschema validator with asserted formats, reused.
"""

import asyncio
import json
import sys
import time
from pathlib import Path

from event_producers.events.base import create_envelope

who, port, events, window, sample = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), json.loads(sys.argv[5])
URL = f"amqp://guest:guest@127.0.0.1:{port}/"
EXCHANGE, QUEUE, TYPE = "bench.events", f"bench.python.{time.time_ns()}", sample["event_type"]
SOURCE = {"host": "bench", "type": "system", "app": "bench"}


def validator():
    from jsonschema import Draft202012Validator
    from referencing import Registry, Resource

    folder = Path(__file__).resolve().parents[3] / "holyfields" / "schemas"
    schemas = [json.loads(file.read_text()) for file in folder.rglob("*.schema.json")]
    registry = Registry().with_resources([(schema["$id"], Resource.from_contents(schema)) for schema in schemas])
    found = next(s for s in schemas if s.get("properties", {}).get("event_type", {}).get("const") == TYPE)
    return Draft202012Validator(found, registry=registry, format_checker=Draft202012Validator.FORMAT_CHECKER)


def envelope():
    return create_envelope(TYPE, sample["payload"], SOURCE)


async def measure(publish) -> float:
    left = events

    async def work() -> None:
        nonlocal left
        while left > 0:
            left -= 1
            await publish()

    started = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(window)))
    return events / (time.perf_counter() - started)


async def main() -> float:
    import aio_pika

    async with await aio_pika.connect_robust(URL) as connection:
        channel = await connection.channel()
        exchange = await channel.declare_exchange(EXCHANGE, "topic", durable=True)
        queue = await channel.declare_queue(QUEUE, durable=True)
        await queue.bind(exchange, TYPE)
        try:
            return await measure_client(exchange)
        finally:
            await queue.delete(if_empty=False, if_unused=False)


async def measure_client(exchange) -> float:
    import aio_pika

    if who == "event_producers":
        from event_producers.rabbit import Publisher

        async with Publisher(url=URL, exchange=EXCHANGE) as publisher:
            return await measure(lambda: publisher.publish(TYPE, envelope()))
    check = validator()
    if who == "aio-pika":

        async def publish() -> None:
            body = envelope().model_dump(mode="json")
            check.validate(body)
            message = aio_pika.Message(
                json.dumps(body).encode(),
                content_type="application/json",
                delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
                message_id=body["event_id"],
            )
            await exchange.publish(message, TYPE)

        return await measure(publish)

    from faststream.rabbit import ExchangeType, RabbitBroker, RabbitExchange

    target = RabbitExchange(EXCHANGE, type=ExchangeType.TOPIC, durable=True)
    async with RabbitBroker(URL, logger=None) as broker:

        async def publish_by_broker() -> None:
            body = envelope().model_dump(mode="json")
            check.validate(body)
            await broker.publish(body, exchange=target, routing_key=TYPE, persist=True, message_id=body["event_id"])

        return await measure(publish_by_broker)


print(round(asyncio.run(main())))
