"""A publisher that does what standard input says, a line of JSON each, and answers with a line of JSON."""

import asyncio
import json
import sys
import warnings

from event_producers import BloodbankError, ContractViolation, Publisher
from event_producers.events.base import create_envelope

warnings.simplefilter("error")


async def act(publisher: Publisher, asked: dict) -> dict:
    try:
        if asked["do"] == "start":
            await publisher.start()
            return {"started": True}
        if asked["do"] == "close":
            await publisher.close()
            return {"closed": True}
        if asked["do"] == "envelope":
            body = create_envelope(asked["type"], asked["payload"], {"host": "h", "type": "system", "app": "shell"})
            published = await publisher.publish(asked["type"], body, **asked.get("options", {}))
        else:
            published = await publisher.publish(asked["key"], eval(asked["body"]), **asked.get("options", {}))
        return {"event_id": str(published.event_id), "routed": published.routed}
    except ContractViolation as error:
        return {"error": error.code, "pointers": error.pointers, "nearest": error.nearest, "message": str(error)}
    except BloodbankError as error:
        return {"error": error.code, "message": str(error)}


async def main() -> None:
    publisher = Publisher(**json.loads(sys.argv[1]) if len(sys.argv) > 1 else {})
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)

    async def answer(line: bytes) -> None:
        asked = json.loads(line)
        print("answer", json.dumps({"to": asked["id"], **await act(publisher, asked)}), flush=True)

    tasks = []
    print("ready", flush=True)
    while line := await lines.readline():
        tasks.append(asyncio.create_task(answer(line)))
    await asyncio.gather(*tasks)


asyncio.run(main())
