"""Bloodbank's typed events from Python: checked before they leave, confirmed, traced to their causes.

    from event_producers.rabbit import Publisher
    from event_producers.events.base import create_envelope, Source, TriggerType
"""

from .chain import CorrelationChain, get_correlation_chain
from .correlation import current_handling, handling
from .errors import BloodbankError, ContractViolation, PublishRefused, PublishTimeout
from .events import EventEnvelope, Source, TriggerType, create_envelope, event_id
from .rabbit import Published, Publisher

__all__ = [
    "BloodbankError",
    "ContractViolation",
    "CorrelationChain",
    "EventEnvelope",
    "PublishRefused",
    "PublishTimeout",
    "Published",
    "Publisher",
    "Source",
    "TriggerType",
    "create_envelope",
    "current_handling",
    "event_id",
    "get_correlation_chain",
    "handling",
]
