"""A FastStream consumer that publishes what came of each event, with the middleware that knows causes and contracts."""

import asyncio
import json
import os
from typing import Any

from faststream import FastStream
from faststream.rabbit import ExchangeType, RabbitBroker, RabbitExchange, RabbitQueue

from event_producers import current_handling
from event_producers.events.base import EventEnvelope, Source, TriggerType, create_envelope
from event_producers.faststream import CorrelationMiddleware, EventMiddleware
from event_producers.rabbit import Publisher

broker = RabbitBroker(os.environ["RABBITMQ_URL"], middlewares=[EventMiddleware])
open_broker = RabbitBroker(os.environ["RABBITMQ_URL"], middlewares=[CorrelationMiddleware])
app = FastStream(broker)
publisher = Publisher(enable_correlation_tracking=True)
source = Source(host="test", type=TriggerType.AGENT, app="faststream-chain")


@broker.subscriber(
    queue=RabbitQueue(os.environ["QUEUE"], routing_key="artifact.created", durable=True),
    exchange=RabbitExchange("bloodbank.events.v1", type=ExchangeType.TOPIC, durable=True),
)
async def handle_event(message_dict: dict) -> None:
    envelope = EventEnvelope(**message_dict)
    print("handled", envelope.event_id, flush=True)
    follow_up = create_envelope("artifact.updated", envelope.payload, source)
    await publisher.publish("artifact.updated", follow_up)


@open_broker.subscriber(RabbitQueue(os.environ["QUEUE"] + ".open", durable=True))
async def handle_anything(message: Any) -> None:
    cause = current_handling()
    print("took", json.dumps(message), cause.event_id if cause else "of no event", flush=True)


@app.on_startup
async def connect() -> None:
    await publisher.start()
    await open_broker.start()


@app.after_startup
async def ready() -> None:
    print("ready", flush=True)


@app.after_shutdown
async def disconnect() -> None:
    await open_broker.stop()
    await publisher.close()


asyncio.run(app.run())
