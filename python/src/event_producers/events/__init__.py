"""What an event is: its envelope, its source, its id."""

from .base import EventEnvelope, Source, TriggerType, create_envelope
from .identity import event_id, new_event_id

__all__ = ["EventEnvelope", "Source", "TriggerType", "create_envelope", "event_id", "new_event_id"]
