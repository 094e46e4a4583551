import asyncio
import logging
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import pytest
from event_producers.contracts import default_catalog
from event_producers.rabbit import Published

from src.events import MODELS, parse
from src.handler import handle

published: list[tuple[str, Mapping[str, Any]]] = []


async def publish(event_type: str, payload: Mapping[str, Any]) -> Published:
    published.append((event_type, payload))
    return Published(uuid4(), routed=True)


@pytest.mark.parametrize("key", MODELS)
def test_an_event_is_handled_and_the_log_says_so(key: str, caplog: pytest.LogCaptureFixture) -> None:
    contract = default_catalog().get(key) or default_catalog().contracts[0]
    event = parse(contract.schema["examples"][0])
    with caplog.at_level(logging.INFO):
        asyncio.run(handle(event, publish))
    assert f"handled {event.event_type}" in caplog.text
