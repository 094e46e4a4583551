"""What happens for each event. An exception dead-letters it; the event may come twice."""

import logging

from holyfields import __MODEL__

log = logging.getLogger("__SERVICE__")


async def handle(event: __MODEL__) -> None:
    log.info("handled %s %s", event.event_type, event.event_id)
