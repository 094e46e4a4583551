import asyncio
import logging

import pytest

from src.envelope import EventEnvelope
from src.handler import handle


def test_an_event_is_handled_and_the_log_says_so(caplog: pytest.LogCaptureFixture) -> None:
    event = EventEnvelope.model_validate(
        {
            "event_id": "0190f5c4-7b1e-7c3a-8f00-000000000001",
            "event_type": "__EVENT_TYPE__",
            "timestamp": "2026-02-03T09:00:00Z",
            "version": "v1",
            "source": {"host": "test", "type": "manual", "app": "test"},
            "payload": {},
        }
    )
    with caplog.at_level(logging.INFO):
        asyncio.run(handle(event))
    assert "handled __EVENT_TYPE__" in caplog.text
