"""Publishes until standard input ends, and prints the id of each event whose `publish` returned.

The addresses are in RABBITMQ_URL; the argument is the file of the certificate that is trusted.
"""

import asyncio
import ssl
import sys

from event_producers import BloodbankError, Publisher
from event_producers.events.base import create_envelope

WINDOW = 10
PAUSE = 0.15
SOURCE = {"host": "cluster", "type": "system", "app": "python-traffic"}


async def publish_all(publisher: Publisher, turn: int, over: asyncio.Event) -> None:
    n = 0
    while not over.is_set():
        n += 1
        payload = {"repo": "cluster", "branch": "b", "path": f"/python/{turn}/{n}", "fate": "python"}
        try:
            published = await publisher.publish("worktree.created", create_envelope("worktree.created", payload, SOURCE))
            print("confirmed", published.event_id, flush=True)
        except BloodbankError as error:
            print("refused", error.code, error, flush=True)
        await asyncio.sleep(PAUSE)


async def main() -> None:
    over = asyncio.Event()
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    trusted = ssl.create_default_context(cafile=sys.argv[1])
    async with Publisher(ssl_context=trusted, deadline=300) as publisher:
        work = [asyncio.create_task(publish_all(publisher, turn, over)) for turn in range(WINDOW)]
        await lines.read()
        over.set()
        # A worker that ended by an error ends this program: nothing is to be missed quietly.
        await asyncio.gather(*work)


asyncio.run(main())
