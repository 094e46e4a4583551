"""The specification's FastStream consumer. Run: faststream run faststream_consumer:app, or as it stands."""

import asyncio
import os

from faststream import FastStream
from faststream.rabbit import ExchangeType, RabbitBroker, RabbitExchange, RabbitQueue

from event_producers.events.base import EventEnvelope

broker = RabbitBroker(os.environ.get("RABBITMQ_URL", "amqp://guest:guest@localhost:5672/"))
app = FastStream(broker)


@broker.subscriber(
    queue=RabbitQueue(
        name=os.environ.get("QUEUE", "services.my.consumer"),
        routing_key=os.environ.get("ROUTING_KEY", "artifact.created"),
        durable=True,
    ),
    exchange=RabbitExchange(name="bloodbank.events.v1", type=ExchangeType.TOPIC, durable=True),
)
async def handle_event(message_dict: dict):
    envelope = EventEnvelope(**message_dict)
    if "broken" in str(envelope.payload.get("file_path")):
        print("failed", envelope.event_id, flush=True)
        raise RuntimeError("this one cannot be handled")
    print("handled", envelope.event_id, flush=True)


@app.after_startup
async def ready() -> None:
    print("ready", flush=True)


if __name__ == "__main__":
    asyncio.run(app.run())
