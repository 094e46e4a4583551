"""The specification's use case 2: a brainstorm is asked for."""

import asyncio

from event_producers.events.base import Source, TriggerType, create_envelope
from event_producers.rabbit import Publisher


async def request_brainstorm(feature_name: str, description: str) -> None:
    publisher = Publisher()
    await publisher.start()

    envelope = create_envelope(
        event_type="feature.brainstorm.requested",
        payload={
            "feature_name": feature_name,
            "feature_description": description,
            "requirements": [],
            "constraints": [],
        },
        source=Source(host="my-service", type=TriggerType.MANUAL, app="feature-requester"),
    )
    await publisher.publish(
        routing_key="feature.brainstorm.requested",
        body=envelope.model_dump(mode="json"),
    )
    print("published", envelope.event_id, flush=True)
    await publisher.close()


asyncio.run(request_brainstorm("dark mode", "for those who work at night"))
