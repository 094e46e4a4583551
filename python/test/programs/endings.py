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


async def close_twice() -> None:
    """Who closes it a second time waits for the same as the first."""
    publisher = Publisher()
    await publisher.start()
    ended: list[str] = []
    publishing = asyncio.create_task(publisher.publish("artifact.created", EVENT))
    publishing.add_done_callback(lambda _: ended.append("published"))
    await asyncio.sleep(0)
    closings = [asyncio.create_task(publisher.close()) for _ in range(2)]
    for closing in closings:
        closing.add_done_callback(lambda _: ended.append("closed"))
    await asyncio.gather(publishing, *closings)
    assert ended == ["published", "closed", "closed"], ended


async def another_loop() -> None:
    """A publisher that the program keeps, while `asyncio.run` ended the loop that it was started in."""
    publisher = Publisher()

    def started_elsewhere() -> None:
        loop = asyncio.new_event_loop()
        loop.run_until_complete(publisher.start())
        for act in (publisher.start, lambda: publisher.publish("artifact.created", EVENT)):
            try:
                asyncio.run(act())
            except BloodbankError as error:
                assert error.code == "NOT_STARTED" and "event loop" in str(error), error
            else:
                raise AssertionError("it was used in another loop")
        loop.run_until_complete(publisher.close())
        loop.close()

    await asyncio.to_thread(started_elsewhere)


async def headers_too_long() -> None:
    """They are refused before they are sent: the connection stays, and the others arrive."""
    publisher = Publisher()
    await publisher.start()
    others = [asyncio.create_task(publisher.publish("artifact.created", EVENT)) for _ in range(5)]
    try:
        await publisher.publish("artifact.created", EVENT, headers={"note": "x" * 140_000})
    except ValueError as error:
        assert "put what is long into the body" in str(error), error
    else:
        raise AssertionError("it was sent")
    await asyncio.gather(*others)
    # The longest that there is room for.
    await publisher.publish("artifact.created", EVENT, headers={"note": "x" * 130_000})
    await publisher.close()


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
