"""Pydantic models as a service has them: with defaults, and with members that may be left out."""

from typing import Any

from pydantic import BaseModel


class Details(BaseModel):
    pages: int = 3
    author: str | None = None
    reviewer: str | None = None


class Artifact(BaseModel):
    artifact_type: str = "document"
    file_path: str
    title: str | None = None
    metadata: Details | dict[str, Any] | None = None
