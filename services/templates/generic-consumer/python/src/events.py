"""What the service consumes: the routing keys of its queue, and the model of what comes with each.

`npm run generate` writes the models anew when a contract changes.
"""

from typing import Any

from holyfields import __MODELS__

Incoming = __INCOMING__

MODELS: dict[str, type[Incoming]] = {
    "__EACH_CONSUMED__": __EACH_MODEL__,
}


def parse(message: dict[str, Any]) -> Incoming:
    """The event as its model; the contract was checked before. What a pattern let in is an envelope."""
    return MODELS.get(message["event_type"], __OTHERWISE__).model_validate(message)
