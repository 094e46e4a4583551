"""What happens for each event. An exception dead-letters it; the event may come twice."""

import logging

from event_producers.service import Publish

from .events import Incoming

log = logging.getLogger("__SERVICE__")


async def handle(event: Incoming, publish: Publish) -> None:
    # What is published here names the handled event as its cause.
    # await publish("__EACH_PRODUCED__", {…})
    log.info("handled %s %s", event.event_type, event.event_id)
