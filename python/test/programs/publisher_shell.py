"""Publishers that do what standard input says, a line of JSON each, and answer with a line of JSON."""

import asyncio
import contextlib
import json
import sys
import warnings

from event_producers import BloodbankError, ContractViolation, Publisher
from event_producers.events.base import create_envelope

import holyfields  # noqa: F401  For the bodies that are asked for, as models is.
import models  # noqa: F401

warnings.simplefilter("error")

publishers: dict[int, Publisher] = {}
source = {"host": "h", "type": "system", "app": "shell"}


async def act(asked: dict) -> dict:
    match asked["do"]:
        case "make":
            publishers[asked["publisher"]] = Publisher(**asked["settings"])
            return {"made": True}
        case "leave":
            await leave(publishers.pop(asked["publisher"]))
            return {"left": True}
    publisher, options = publishers[asked["publisher"]], asked.get("options", {})
    try:
        match asked["do"]:
            case "start":
                await publisher.start()
                return {"started": True}
            case "close":
                await publisher.close()
                return {"closed": True}
            case "envelope":
                body = create_envelope(asked["type"], asked["payload"], source)
                published = await publisher.publish(asked["type"], body, **options)
            case _:
                published = await publisher.publish(asked["key"], eval(asked["body"]), **options)
        return {"event_id": str(published.event_id), "routed": published.routed}
    except ContractViolation as error:
        return {"error": error.code, "pointers": error.pointers, "nearest": error.nearest, "message": str(error)}
    except BloodbankError as error:
        return {"error": error.code, "message": str(error)}
    except ValueError as error:
        return {"error": "ValueError", "message": str(error)}


async def leave(publisher: Publisher) -> None:
    """Closes it, and does not wait for what is still on its way."""
    closing = asyncio.create_task(publisher.close())
    await asyncio.sleep(0)
    closing.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await closing


async def main() -> None:
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)

    async def answer(line: bytes) -> None:
        asked = json.loads(line)
        print("answer", json.dumps({"to": asked["id"], **await act(asked)}), flush=True)

    tasks = []
    while line := await lines.readline():
        tasks.append(asyncio.create_task(answer(line)))
    await asyncio.gather(*tasks)


asyncio.run(main())
