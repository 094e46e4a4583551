import asyncio
import logging

import pytest
from event_producers.contracts import default_catalog
from holyfields import __MODEL__

from src.handler import handle


def test_an_event_is_handled_and_the_log_says_so(caplog: pytest.LogCaptureFixture) -> None:
    contract = default_catalog().get("__EVENT_TYPE__") or default_catalog().contracts[0]
    event = __MODEL__.model_validate(contract.schema["examples"][0])
    with caplog.at_level(logging.INFO):
        asyncio.run(handle(event))
    assert f"handled {event.event_type}" in caplog.text
