"""What caused an event, and what came of it: asked of the event store over the platform's HTTP API."""

from __future__ import annotations

import asyncio
import http.client
import json
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote
from uuid import UUID

from .errors import BloodbankError
from .settings import platform_url


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
        seen, waiting = {start}, [start]
        while waiting:
            event = self.events.get(waiting.pop(0))
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

    `url` is the platform's address (`BLOODBANK_HTTP_PORT`, or the platform that runs here, by default) and `token` goes
    into the Authorization header where the platform asks for one. An event is recorded a moment after it was
    published: an unknown one is asked for again for `patience` seconds.

    Raises BloodbankError with EVENT_NOT_FOUND or PLATFORM_UNREACHABLE.
    """
    address = f"{platform_url(url)}/api/v1/events/trace/{quote(str(event_id), safe='')}"
    until = time.monotonic() + patience
    while True:
        try:
            return _chain(await asyncio.to_thread(_get, address, token))
        except BloodbankError as error:
            if error.code != "EVENT_NOT_FOUND" or time.monotonic() >= until:
                raise
        await asyncio.sleep(0.1)


def _get(address: str, token: str | None) -> Any:
    request = urllib.request.Request(address, headers={"accept": "application/json"})
    if token:
        request.add_header("authorization", f"Bearer {token}")
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return json.load(response)
    except urllib.error.HTTPError as error:
        detail = error.read().decode("utf-8", "replace")
        code = "EVENT_NOT_FOUND" if error.code == 404 else "PLATFORM_UNREACHABLE"
        raise BloodbankError(code, f"{address} answers {error.code}: {detail[:500]}") from error
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise BloodbankError(
            "PLATFORM_UNREACHABLE",
            f"{address} does not answer: {error}. Start the platform, or set BLOODBANK_HTTP_PORT.",
        ) from error


def _chain(answer: Any) -> CorrelationChain:
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
