"""Publishes an event that breaks its contract and then a right one, as users of the client do that a line of standard
input names. Says what happened.
"""

import asyncio
import json
import os
import sys

from event_producers import PublishRefused, Publisher
from event_producers.contracts import Catalog, Verdict, default_catalog
from event_producers.events.base import create_envelope

EXCHANGE = "bloodbank.events.v1"
KEY = "artifact.created"
SOURCE = {"host": "test", "type": "manual", "app": "refused"}
RIGHT = create_envelope(KEY, {"artifact_type": "document", "file_path": "/right.md"}, SOURCE).model_dump(mode="json")
WRONG = create_envelope(KEY, {"artifact_type": 1}, SOURCE).model_dump(mode="json")
URL = os.environ["RABBITMQ_URL"]


def with_pika() -> list[str]:
    import pika
    from pika.exceptions import NackError

    said = []
    with pika.BlockingConnection(pika.URLParameters(URL)) as connection:
        channel = connection.channel()
        channel.exchange_declare(EXCHANGE, "topic", durable=True)
        channel.confirm_delivery()
        for event in (WRONG, RIGHT, WRONG, RIGHT):
            try:
                channel.basic_publish(EXCHANGE, KEY, json.dumps(event).encode(), mandatory=True)
                said.append("taken")
            except NackError:
                said.append("refused")
    return said


def with_pika_without_confirms() -> list[str]:
    import pika

    said = []
    with pika.BlockingConnection(pika.URLParameters(URL)) as connection:
        channel = connection.channel()
        channel.exchange_declare(EXCHANGE, "topic", durable=True)
        channel.add_on_return_callback(
            lambda _, method, __, ___: said.append(f"returned {method.reply_code} {method.reply_text}")
        )
        for event in (WRONG, RIGHT):
            channel.basic_publish(EXCHANGE, KEY, json.dumps(event).encode(), mandatory=True)
        channel.queue_declare("", exclusive=True)  # Whatever comes back has come by now.
        connection.process_data_events(time_limit=0.2)
    return said


async def with_aio_pika() -> list[str]:
    import aio_pika
    from aio_pika.exceptions import DeliveryError

    said = []
    async with await aio_pika.connect_robust(URL) as connection:
        channel = await connection.channel()
        exchange = await channel.declare_exchange(EXCHANGE, aio_pika.ExchangeType.TOPIC, durable=True)
        for event in (WRONG, RIGHT, WRONG, RIGHT):
            try:
                await exchange.publish(aio_pika.Message(json.dumps(event).encode()), KEY)
                said.append("taken")
            except DeliveryError:
                said.append("refused")
    return said


async def with_faststream() -> list[str]:
    from aio_pika.exceptions import DeliveryError
    from faststream.rabbit import ExchangeType, RabbitBroker, RabbitExchange

    said = []
    exchange = RabbitExchange(EXCHANGE, type=ExchangeType.TOPIC, durable=True)
    async with RabbitBroker(URL, logger=None) as broker:
        for event in (WRONG, RIGHT, WRONG, RIGHT):
            try:
                await broker.publish(event, exchange=exchange, routing_key=KEY)
                said.append("taken")
            except DeliveryError:
                said.append("refused")
    return said


async def with_event_producers() -> list[str]:
    class Blind(Catalog):
        """As if this program had been installed with older contracts than the platform has."""

        def validate(self, event: object, routing_key: str | None = None) -> Verdict:
            return Verdict(valid=True)

    blind = Blind({contract.file: contract.schema for contract in default_catalog().contracts} | core())
    said = []
    async with Publisher(catalog=blind) as publisher:
        for event in (WRONG, RIGHT, WRONG, RIGHT):
            try:
                await publisher.publish(KEY, event)
                said.append("taken")
            except PublishRefused as error:
                assert error.event_id == event["event_id"]
                said.append("refused")
    return said


def core() -> dict:
    folder = default_catalog().contracts[0].file.parents[1] / "core"
    return {file: json.loads(file.read_text()) for file in folder.iterdir()}


for line in iter(sys.stdin.readline, ""):
    found = globals()[f"with_{line.strip()}"]()
    print(line.strip(), json.dumps(asyncio.run(found) if asyncio.iscoroutine(found) else found), flush=True)
