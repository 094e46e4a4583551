"""The specification's publisher, as a service would have it: one event, checked, confirmed."""

import asyncio
import sys

from event_producers.events.base import Source, TriggerType, create_envelope
from event_producers.rabbit import Publisher


async def main(file_path: str) -> None:
    publisher = Publisher(enable_correlation_tracking=True)
    await publisher.start()

    envelope = create_envelope(
        event_type="artifact.created",
        payload={"artifact_type": "transcript", "file_path": file_path},
        source=Source(host="my-service", type=TriggerType.AGENT, app="my-service"),
    )
    await publisher.publish(
        routing_key="artifact.created",
        body=envelope.model_dump(mode="json"),
        event_id=envelope.event_id,
    )
    print("published", envelope.event_id, flush=True)

    await publisher.close()


asyncio.run(main(sys.argv[1]))
