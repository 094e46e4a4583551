"""The envelope of every event, with the names that it has on the wire."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from ..correlation import with_current_cause
from .identity import new_event_id
from .plain import plain


class TriggerType(StrEnum):
    """What made an event happen."""

    WEBHOOK = "webhook"
    AGENT = "agent"
    MANUAL = "manual"
    SYSTEM = "system"


class Source(BaseModel):
    """Who produced an event. Open: other members pass."""

    model_config = ConfigDict(extra="allow")

    host: str
    type: TriggerType
    app: str


class EventEnvelope(BaseModel):
    """A whole event. Open, as its contract is: members that are not named here are kept."""

    # NaN stays NaN, so that the contract check can refuse it: pydantic would write null instead.
    model_config = ConfigDict(extra="allow", ser_json_inf_nan="constants")

    event_id: UUID
    event_type: str
    timestamp: datetime
    version: str
    source: dict[str, Any]
    correlation_ids: list[UUID] = Field(default_factory=list)
    agent_context: dict[str, Any] | None = None
    payload: dict[str, Any]


def create_envelope(
    event_type: str,
    payload: Mapping[str, Any] | BaseModel,
    source: Source | Mapping[str, Any],
    *,
    correlation_ids: Iterable[UUID | str] | None = None,
    agent_context: Mapping[str, Any] | BaseModel | None = None,
    event_id: UUID | str | None = None,
    version: str = "v1",
    timestamp: datetime | None = None,
) -> EventEnvelope:
    """A whole event around a payload. Its contract is not checked here: `Publisher.publish` does that.

    `correlation_ids` are the `event_id`s of the direct causes; inside a handler (`handling`) the event that is being
    handled is added by itself. `event_id` is a new UUIDv7 and `timestamp` is now, where they are not given.

    Raises pydantic's ValidationError, a ValueError, which names the member and its value where an envelope cannot have
    it: an id that is no UUID, a payload that is no object.
    """
    return EventEnvelope.model_validate(
        {
            "event_id": event_id if event_id is not None else new_event_id(),
            "event_type": event_type,
            "timestamp": timestamp if timestamp is not None else datetime.now(UTC),
            "version": version,
            "source": _members(source),
            "correlation_ids": with_current_cause(correlation_ids),
            "agent_context": None if agent_context is None else _members(agent_context),
            "payload": _members(payload),
        }
    )


def _members(value: Mapping[str, Any] | BaseModel) -> Any:
    if isinstance(value, BaseModel):
        return plain(value)
    return dict(value) if isinstance(value, Mapping) else value
