"""Says the verdict on each line of standard input, by the contracts of a folder or its own: {"event": …} or {"body": base64}, with "routing_key"."""

import base64
import dataclasses
import json
import sys

from event_producers.contracts import Catalog, default_catalog
from event_producers.contracts.formats import FORMATS
from event_producers.events.identity import event_id

catalog = Catalog.load(sys.argv[1]) if len(sys.argv) > 1 else default_catalog()
for line in sys.stdin:
    asked = json.loads(line)
    if "formats" in asked:
        answer = {name: dataclasses.asdict(one) for name, one in FORMATS.items()}
    elif "types" in asked:
        answer = [f"{one.event_type} {one.version}" for one in catalog.contracts]
    elif "key" in asked:
        answer = str(event_id(asked["type"], asked["key"]))
    elif "body" in asked:
        answer = dataclasses.asdict(catalog.validate_bytes(base64.b64decode(asked["body"]), asked.get("routing_key")))
    else:
        answer = dataclasses.asdict(catalog.validate(asked["event"], asked.get("routing_key")))
    print(json.dumps(answer), flush=True)
