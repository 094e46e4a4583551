"""Every example of every contract through its Pydantic model and back."""

import json
import re
import sys
from datetime import datetime, timezone
from pathlib import Path

import holyfields
from holyfields.runtime import evaluate
from pydantic import ValidationError

DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT.*")


def instants(value: object) -> object:
    """Times as points in time: `.000` and none are the same."""
    if isinstance(value, dict):
        return {name: instants(member) for name, member in value.items()}
    if isinstance(value, list):
        return [instants(item) for item in value]
    if isinstance(value, str) and DATE_TIME.fullmatch(value):
        return datetime.fromisoformat(value).astimezone(timezone.utc)
    return value


count = 0
for (event_type, version), model in holyfields.EVENTS.items():
    domain, _, rest = event_type.partition(".")
    text = (Path(sys.argv[1]) / domain / f"{rest}.{version}.schema.json").read_text("utf-8")
    for example in json.loads(text)["examples"]:
        event = model.model_validate(example)
        assert isinstance(event, holyfields.EventEnvelope)
        back = event.model_dump(mode="json")
        # What was left out has the schema's default, where it has one.
        assert instants(back) == instants({"correlation_ids": [], **example}), (back, example)
        count += 1
# A number that other readers take for infinite is refused as any other wrong one is.
text = (Path(sys.argv[1]) / "fireflies/transcript.upload.v1.schema.json").read_text("utf-8")
upload = json.loads(text)["examples"][0]
for name, schema in (("media_duration_seconds", {"type": "integer"}), ("extra", {"enum": [1]})):
    assert not evaluate(schema, 10**400)
    for number in (10**400, -(10**400), float("inf")):
        try:
            holyfields.FirefliesTranscriptUpload.model_validate({**upload, "payload": {**upload["payload"], name: number}})
            assert name == "extra", number
        except ValidationError:
            assert name != "extra", number

print(count, "events")
