"""Run: uv run faststream run src.consumer:app --reload"""

import asyncio
import os
from typing import Any

from event_producers.service import service_broker, service_publisher, supervised
from faststream import FastStream
from faststream.rabbit import ExchangeType, RabbitExchange, RabbitQueue

from .events import MODELS, parse
from .handler import handle

QUEUE = RabbitQueue("__QUEUE__", routing_key=next(iter(MODELS)), durable=True)
EXCHANGE = RabbitExchange(
    os.environ.get("BLOODBANK_EXCHANGE", "bloodbank.events.v1"), type=ExchangeType.TOPIC, durable=True
)

broker = service_broker()
app = FastStream(broker)
publish = service_publisher(app, "__SERVICE__")


@broker.subscriber(queue=QUEUE, exchange=EXCHANGE)
async def consume(message: dict[str, Any]) -> None:
    await handle(parse(message), publish)


@app.after_startup
async def bind() -> None:
    """FastStream binds a queue with one key; here are the others."""
    queue = await broker.declare_queue(QUEUE)
    exchange = await broker.declare_exchange(EXCHANGE)
    for key in MODELS:
        await queue.bind(exchange, routing_key=key)


supervised(app, "__SERVICE__")

if __name__ == "__main__":
    # How the platform starts it: no reloading, and nothing of FastStream's command line is needed.
    asyncio.run(app.run())
