"""Starts and closings that meet, or that nobody waits for any longer. Each leaves no task and no connection behind."""

import asyncio
import contextlib
import sys

from event_producers import BloodbankError, Publisher, create_envelope

PAYLOAD = {"artifact_type": "document", "file_path": "/a.md"}
EVENT = create_envelope("artifact.created", PAYLOAD, {"host": "h", "type": "system", "app": "endings"})


async def nothing_left() -> None:
    """A connection that is kept has tasks of its own for as long as it is kept."""
    async with asyncio.timeout(20):
        while len(asyncio.all_tasks()) > 1:
            await asyncio.sleep(0.01)


async def start_together() -> None:
    publisher = Publisher()
    await asyncio.gather(*(publisher.start() for _ in range(3)))
    await publisher.publish("artifact.created", EVENT)
    await publisher.close()


async def close_while_starting() -> None:
    publisher = Publisher()
    starting = asyncio.create_task(publisher.start())
    await asyncio.sleep(0)
    await publisher.close()
    await starting
    try:
        await publisher.publish("artifact.created", EVENT)
    except BloodbankError as error:
        assert error.code == "NOT_STARTED"
    else:
        raise AssertionError("it is open")


async def give_up_starting() -> None:
    """Nobody answers at RABBITMQ_URL."""
    publisher = Publisher()
    starting = asyncio.create_task(publisher.start())
    print("asked", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    starting.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await starting


async def give_up_closing() -> None:
    """From a line of standard input on, the broker says nothing more."""
    publisher = Publisher(deadline=5.0)
    await publisher.start()
    print("started", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    publishing = asyncio.create_task(publisher.publish("artifact.created", EVENT))
    await asyncio.sleep(0)
    closing = asyncio.create_task(publisher.close())
    await asyncio.sleep(0)
    closing.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await closing
    with contextlib.suppress(BloodbankError):
        await publishing


async def main() -> None:
    await globals()[sys.argv[1]]()
    await nothing_left()
    print("nothing left", flush=True)


asyncio.run(main())
