"""What the programs beside this file have in common: a scenario is a function; the one that is named is run."""

import asyncio
import inspect
import sys
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
    found = _known[sys.argv[1]]
    if inspect.iscoroutinefunction(found):
        asyncio.run(asyncio.wait_for(found(), 200))
    else:
        found()
    print("fine", flush=True)
