import asyncio
import logging

import pytest
from event_producers.contracts import default_catalog

from src.events import MODELS, parse
from src.handler import handle


@pytest.mark.parametrize("key", MODELS)
def test_an_event_is_handled_and_the_log_says_so(key: str, caplog: pytest.LogCaptureFixture) -> None:
    contract = default_catalog().get(key) or default_catalog().contracts[0]
    event = parse(contract.schema["examples"][0])
    with caplog.at_level(logging.INFO):
        asyncio.run(handle(event))
    assert f"handled {event.event_type}" in caplog.text
