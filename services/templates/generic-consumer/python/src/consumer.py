"""Run: uv run faststream run src.consumer:app --reload"""

import logging
import os
from typing import Any

from faststream import FastStream
from faststream.rabbit import ExchangeType, RabbitBroker, RabbitExchange, RabbitQueue

from .envelope import EventEnvelope
from .handler import handle

logging.basicConfig(level=os.environ.get("LOG_LEVEL", "info").upper())

broker = RabbitBroker(os.environ.get("RABBITMQ_URL", "amqp://guest:guest@localhost:5672/"))
app = FastStream(broker)


@broker.subscriber(
    queue=RabbitQueue("__QUEUE__", routing_key="__EVENT_TYPE__", durable=True),
    exchange=RabbitExchange(
        os.environ.get("BLOODBANK_EXCHANGE", "bloodbank.events.v1"),
        type=ExchangeType.TOPIC,
        durable=True,
    ),
)
async def consume(message: dict[str, Any]) -> None:
    await handle(EventEnvelope.model_validate(message))


if __name__ == "__main__":
    # How the platform starts it: no reloading, and nothing of FastStream's command line is needed.
    import asyncio

    asyncio.run(app.run())
