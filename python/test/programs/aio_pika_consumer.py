"""The specification's low-level consumer: its own dead-letter arguments, a prefetch, and an ack on success."""

import asyncio
import json
import os

import aio_pika
from aio_pika import ExchangeType, IncomingMessage

QUEUE = os.environ.get("QUEUE", "my_queue")


async def process_message(message: IncomingMessage) -> None:
    async with message.process():
        event = json.loads(message.body)
        if "broken" in str(event["payload"].get("file_path")):
            raise RuntimeError("this one cannot be handled")
        print("handled", event["event_id"], flush=True)


async def main() -> None:
    connection = await aio_pika.connect_robust(os.environ["RABBITMQ_URL"])
    channel = await connection.channel()
    await channel.set_qos(prefetch_count=10)

    exchange = await channel.declare_exchange("bloodbank.events.v1", ExchangeType.TOPIC, durable=True)
    await channel.declare_queue(f"{QUEUE}_dlq", durable=True)
    queue = await channel.declare_queue(
        QUEUE,
        durable=True,
        arguments={"x-dead-letter-exchange": "", "x-dead-letter-routing-key": f"{QUEUE}_dlq"},
    )
    await queue.bind(exchange, routing_key="artifact.*")
    await queue.consume(process_message)
    print("ready", flush=True)
    await asyncio.Future()


asyncio.run(main())
