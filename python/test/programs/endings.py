"""Starts and closings that meet, or that nobody waits for any longer. Each leaves no task and no connection behind."""

import asyncio
import contextlib
import os
from collections.abc import Callable

from scenarios import interrupted_async, run, scenario

from event_producers import BloodbankError, Publisher, create_envelope

PAYLOAD = {"artifact_type": "document", "file_path": "/a.md"}
EVENT = create_envelope("artifact.created", PAYLOAD, {"host": "h", "type": "system", "app": "endings"})


def leaves_nothing(act: Callable) -> Callable:
    """A connection that is kept has tasks of its own for as long as it is kept."""

    async def checked() -> None:
        before = asyncio.all_tasks()
        await act()
        async with asyncio.timeout(20):
            while asyncio.all_tasks() - before:
                await asyncio.sleep(0.01)

    checked.__name__ = act.__name__
    return scenario(checked)


@leaves_nothing
async def start_together() -> None:
    publisher = Publisher()
    await asyncio.gather(*(publisher.start() for _ in range(3)))
    await publisher.publish("artifact.created", EVENT)
    await publisher.close()


@leaves_nothing
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


@leaves_nothing
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


@leaves_nothing
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


@leaves_nothing
async def ended_loops() -> None:
    """A publisher that the program keeps from one `asyncio.run` to the next: closed in the first, left open then."""
    publisher = Publisher()

    async def use() -> None:
        await asyncio.gather(publisher.start(), publisher.start())
        await publisher.publish("artifact.created", EVENT)

    async def use_and_close() -> None:
        await use()
        publishing = asyncio.create_task(publisher.publish("artifact.created", EVENT))
        await asyncio.sleep(0)
        await asyncio.gather(publishing, publisher.close(), publisher.close())

    def run() -> None:
        for act in (use_and_close, use_and_close, use, use, publisher.close, use_and_close):
            asyncio.run(act())

    await asyncio.to_thread(run)


@leaves_nothing
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


@leaves_nothing
async def give_up_starting() -> None:
    """Nobody answers at SILENT_URL."""
    publisher = Publisher(url=os.environ["SILENT_URL"])
    starting = asyncio.create_task(publisher.start())
    await interrupted_async("start")
    starting.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await starting


@leaves_nothing
async def give_up_closing() -> None:
    """From the interruption on, the broker at HANGING_URL says nothing more."""
    publisher = Publisher(url=os.environ["HANGING_URL"], deadline=5.0)
    await publisher.start()
    await interrupted_async("broker")
    publishing = asyncio.create_task(publisher.publish("artifact.created", EVENT))
    await asyncio.sleep(0)
    closing = asyncio.create_task(publisher.close())
    await asyncio.sleep(0)
    closing.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await closing
    with contextlib.suppress(BloodbankError):
        await publishing


@leaves_nothing
async def say_goodbye() -> None:
    """What a cancelled task publishes as its last is sent as any other, when the broker at HANGING_URL hangs as well."""
    publisher = Publisher(url=os.environ["HANGING_URL"])
    published = []
    await publisher.start()

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            published.append(await publisher.publish("artifact.created", EVENT))
            raise

    working = asyncio.create_task(work())
    await interrupted_async("broker")
    working.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await working
    await publisher.close()
    assert len(published) == 1, "it was not sent"


run()
