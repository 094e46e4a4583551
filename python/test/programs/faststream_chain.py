"""A FastStream consumer that publishes what came of each event, with the middleware that knows causes and contracts."""

import asyncio
import os

from faststream import FastStream
from faststream.rabbit import ExchangeType, RabbitBroker, RabbitExchange, RabbitQueue

from event_producers.events.base import EventEnvelope, Source, TriggerType, create_envelope
from event_producers.faststream import EventMiddleware
from event_producers.rabbit import Publisher

broker = RabbitBroker(os.environ["RABBITMQ_URL"], middlewares=[EventMiddleware])
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


@app.on_startup
async def connect() -> None:
    await publisher.start()


@app.after_startup
async def ready() -> None:
    print("ready", flush=True)


@app.after_shutdown
async def disconnect() -> None:
    await publisher.close()


asyncio.run(app.run())
