"""What the programs beside this file have in common: a scenario is a function; each line of standard input names one."""

import asyncio
import inspect
import sys
import traceback
import uuid
from collections.abc import Callable
from typing import Any

MIB = 1024 * 1024
_known: dict[str, Callable[[], Any]] = {}


def scenario(function: Callable[[], Any]) -> Callable[[], Any]:
    _known[function.__name__] = function
    return function


def unique(name: str) -> str:
    return f"python.{name}.{uuid.uuid4()}"


def interrupted(name: str) -> None:
    """Says that it may be disturbed now, and waits until that was done."""
    print("disturb", name, flush=True)
    sys.stdin.readline()


async def interrupted_async(name: str) -> None:
    await asyncio.to_thread(interrupted, name)


def run() -> None:
    for line in iter(sys.stdin.readline, ""):
        name = line.strip()
        found = _known[name]
        try:
            if inspect.iscoroutinefunction(found):
                asyncio.run(asyncio.wait_for(found(), 200))
            else:
                found()
            print("ended", name, "fine", flush=True)
        except (Exception, asyncio.CancelledError):
            traceback.print_exc()
            print("ended", name, "badly", flush=True)
