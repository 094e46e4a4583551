"""Run: uv run faststream run src.consumer:app --reload"""

import asyncio
import os
from typing import Any

from event_producers.service import service_broker, supervised
from faststream import FastStream
from faststream.rabbit import ExchangeType, RabbitExchange, RabbitQueue
from holyfields import __MODEL__

from .handler import handle

broker = service_broker()
app = supervised(FastStream(broker), "__SERVICE__")


@broker.subscriber(
    queue=RabbitQueue("__QUEUE__", routing_key="__EVENT_TYPE__", durable=True),
    exchange=RabbitExchange(
        os.environ.get("BLOODBANK_EXCHANGE", "bloodbank.events.v1"),
        type=ExchangeType.TOPIC,
        durable=True,
    ),
)
async def consume(message: dict[str, Any]) -> None:
    await handle(__MODEL__.model_validate(message))


if __name__ == "__main__":
    # How the platform starts it: no reloading, and nothing of FastStream's command line is needed.
    asyncio.run(app.run())
