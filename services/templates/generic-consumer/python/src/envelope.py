"""What every event carries around its payload, as it stands on the wire."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field


class Source(BaseModel):
    model_config = ConfigDict(extra="allow")

    host: str
    type: Literal["webhook", "agent", "manual", "system"]
    app: str


class EventEnvelope(BaseModel):
    model_config = ConfigDict(extra="allow")

    event_id: UUID
    event_type: str
    timestamp: datetime
    version: str
    source: Source
    correlation_ids: list[UUID] = Field(default_factory=list)
    agent_context: dict[str, Any] | None = None
    payload: dict[str, Any]
