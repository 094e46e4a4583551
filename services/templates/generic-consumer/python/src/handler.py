"""What happens for each event. An exception dead-letters it; the event may come twice."""

import logging

from .events import Incoming

log = logging.getLogger("__SERVICE__")


async def handle(event: Incoming) -> None:
    log.info("handled %s %s", event.event_type, event.event_id)
