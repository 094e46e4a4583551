"""What caused an event, and what came of it: asked of the event store over the platform's HTTP API."""

from __future__ import annotations

import asyncio
import http.client
import json
import threading
import time
import urllib.error
import urllib.request
from collections import deque
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote
from uuid import UUID

from .errors import BloodbankError
from .settings import platform_token, platform_url

_ANSWER_SECONDS = 30.0
_WHOSE = "Is that the platform's address?"


@dataclass(frozen=True, slots=True)
class ChainEvent:
    """One event of a chain. `missing`: it is named as a cause, and the store has never seen it."""

    event_id: str
    event_type: str | None
    timestamp: str | None
    source_app: str | None
    causes: tuple[str, ...]
    effects: tuple[str, ...]
    missing: bool


@dataclass(frozen=True, slots=True)
class CorrelationChain:
    """The whole causal graph that an event belongs to."""

    event_id: str
    roots: tuple[str, ...]
    events: Mapping[str, ChainEvent]
    truncated: bool

    def ancestors(self, event_id: UUID | str | None = None) -> tuple[ChainEvent, ...]:
        """The causes of the event, their causes, and so on; nearest first."""
        return tuple(self._walk(str(event_id or self.event_id), "causes"))

    def descendants(self, event_id: UUID | str | None = None) -> tuple[ChainEvent, ...]:
        """What came of the event, and of that, and so on; nearest first."""
        return tuple(self._walk(str(event_id or self.event_id), "effects"))

    def _walk(self, start: str, direction: str) -> Iterator[ChainEvent]:
        seen, waiting = {start}, deque([start])
        while waiting:
            event = self.events.get(waiting.popleft())
            for other in getattr(event, direction, ()):
                if other not in seen and other in self.events:
                    seen.add(other)
                    waiting.append(other)
                    yield self.events[other]


async def get_correlation_chain(
    event_id: UUID | str,
    *,
    url: str | None = None,
    token: str | None = None,
    patience: float = 5.0,
) -> CorrelationChain:
    """The chain of an event.

    `url` is the platform's address (`BLOODBANK_HTTP_PORT`, or the platform that runs here, by default) and `token`
    (`BLOODBANK_TOKEN` by default) goes into the Authorization header where the platform asks for one. An event is
    recorded a moment after it was published: an unknown one is asked for again for `patience` seconds.

    Raises BloodbankError with EVENT_NOT_FOUND or PLATFORM_UNREACHABLE.
    """
    address = f"{platform_url(url)}/api/v1/events/trace/{quote(str(event_id), safe='')}"
    until = time.monotonic() + patience
    while True:
        try:
            return _chain(address, await _asked(address, platform_token(token)))
        except BloodbankError as error:
            if error.code != "EVENT_NOT_FOUND" or time.monotonic() >= until:
                raise
        await asyncio.sleep(0.1)


async def _asked(address: str, token: str | None) -> Any:
    """Asks in a thread of its own, and does not wait for its end: one of the event loop's threads would keep
    `asyncio.run` from ending for as long as an answer drips in.
    """
    answer: Future[Any] = Future()

    def ask() -> None:
        if answer.set_running_or_notify_cancel():
            try:
                answer.set_result(_get(address, token))
            except BaseException as error:
                answer.set_exception(error)

    threading.Thread(target=ask, name="event_producers chain", daemon=True).start()
    try:
        async with asyncio.timeout(_ANSWER_SECONDS):
            return await asyncio.wrap_future(answer)
    except TimeoutError as error:
        raise _unreachable(address, f"has not answered within {_ANSWER_SECONDS:g} s. Look at its log.") from error


def _get(address: str, token: str | None) -> Any:
    request = urllib.request.Request(address, headers={"accept": "application/json"})
    if token:
        request.add_header("authorization", f"Bearer {token}")
    try:
        try:
            response = urllib.request.urlopen(request, timeout=_ANSWER_SECONDS)
        except urllib.error.HTTPError as refused:
            response = refused  # Which is read as any other answer.
        with response:
            status, text = response.status, response.read().decode("utf-8", "replace")
    except (OSError, ValueError, http.client.HTTPException) as error:
        advice = "Start the platform, or set BLOODBANK_HTTP_PORT."
        raise _unreachable(address, f"does not answer: {error}. {advice}") from error
    try:
        answer = json.loads(text)
    except (ValueError, RecursionError):
        answer = None
    if status == 200 and answer is not None:
        return answer
    problem = answer if isinstance(answer, dict) else {}
    said = f"answers {status}: {problem.get('detail') or text[:200]}"
    if problem.get("code") == "EVENT_NOT_FOUND":
        raise BloodbankError("EVENT_NOT_FOUND", f"{address} {said}")
    if status == 401:
        raise _unreachable(address, f"{said} Give a token, or set BLOODBANK_TOKEN.")
    # The platform tells what is wrong with a code: without one, it was somebody else.
    raise _unreachable(address, said if "code" in problem else f"{said} {_WHOSE}")


def _unreachable(address: str, why: str) -> BloodbankError:
    return BloodbankError("PLATFORM_UNREACHABLE", f"{address} {why}")


def _chain(address: str, answer: Any) -> CorrelationChain:
    try:
        events = [
            ChainEvent(
                event_id=node["event_id"],
                event_type=node.get("event_type"),
                timestamp=node.get("timestamp"),
                source_app=node.get("source_app"),
                causes=tuple(node.get("causes") or ()),
                effects=tuple(node.get("effects") or ()),
                missing=bool(node.get("missing")),
            )
            for node in answer["nodes"]
        ]
        return CorrelationChain(
            event_id=answer["event_id"],
            roots=tuple(answer["roots"]),
            events={event.event_id: event for event in events},
            truncated=bool(answer.get("truncated")),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise _unreachable(address, f"answers what is no trace: {str(answer)[:200]}. {_WHOSE}") from error
