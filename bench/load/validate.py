"""Events a second of CPU time that Python's jsonschema parses and validates: `validate.py <schemas folder>`, one body on stdin."""

import json
import sys
import time
from pathlib import Path

from jsonschema import Draft202012Validator
from referencing import Registry, Resource

folder = Path(sys.argv[1])
body = sys.stdin.buffer.read()
documents = [json.loads(file.read_text("utf-8")) for file in sorted(folder.rglob("*.schema.json"))]
registry = Registry().with_resources([(one["$id"], Resource.from_contents(one)) for one in documents])
event_type = json.loads(body)["event_type"]
schema = next(
    one for one in documents if one.get("properties", {}).get("event_type", {}).get("const") == event_type
)
validator = Draft202012Validator(schema, registry=registry, format_checker=Draft202012Validator.FORMAT_CHECKER)
assert validator.is_valid(json.loads(body))
count = 3_000
started = time.process_time()
for _ in range(count):
    validator.is_valid(json.loads(body))
print(count / (time.process_time() - started))
