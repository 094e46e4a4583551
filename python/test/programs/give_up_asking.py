"""Asks for a chain, and no longer wants it before the answer is whole."""

import asyncio
import contextlib
import sys

from event_producers import get_correlation_chain


async def main() -> None:
    asking = asyncio.create_task(get_correlation_chain("0190f5c4-7b1e-7c3a-8f00-000000000000", url=sys.argv[1]))
    print("asked", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    asking.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await asking


asyncio.run(main())
