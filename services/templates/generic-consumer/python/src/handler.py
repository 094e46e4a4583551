"""What happens for each event. An exception dead-letters it; the event may come twice."""

import logging

from .envelope import EventEnvelope

log = logging.getLogger("__SERVICE__")


async def handle(event: EventEnvelope) -> None:
    log.info("handled %s %s", event.event_type, event.event_id)
