"""An event and what came of it: once with the cause given by hand, once known by itself inside a handler."""

import asyncio

from event_producers import handling
from event_producers.events.base import Source, TriggerType, create_envelope
from event_producers.rabbit import Publisher

source = Source(host="my-service", type=TriggerType.SYSTEM, app="my-service")


def artifact(file_path: str, **more: object):
    payload = {"artifact_type": "document", "file_path": file_path}
    return create_envelope(event_type="artifact.created", payload=payload, source=source, **more)


async def main() -> None:
    async with Publisher(enable_correlation_tracking=True) as publisher, Publisher(
        enable_correlation_tracking=False
    ) as untracked:
        parent = artifact("/parent.md")
        await publisher.publish("artifact.created", parent)

        child = artifact("/by-hand.md", correlation_ids=[parent.event_id])
        await publisher.publish("artifact.created", child.model_dump(mode="json"))

        loose, other = artifact("/in-handler.md"), artifact("/untracked.md")
        with handling(parent):
            # Also in tasks that the handler starts.
            await asyncio.gather(
                publisher.publish("artifact.created", loose),
                publisher.publish("artifact.created", artifact("/made-in-handler.md", correlation_ids=[child.event_id])),
                untracked.publish("artifact.created", other),
            )
            made_in_thread = await asyncio.to_thread(artifact, "/made-in-thread.md")
            handled = asyncio.Event()

            async def later() -> None:
                await handled.wait()
                await publisher.publish("artifact.created", artifact("/later-in-task.md"))

            task = asyncio.create_task(later())
        handled.set()
        await task
        await publisher.publish("artifact.created", made_in_thread)
        await publisher.publish("artifact.created", artifact("/after.md"))
        print("done", parent.event_id, child.event_id, flush=True)


asyncio.run(main())
