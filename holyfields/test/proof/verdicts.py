"""Reads cases, one JSON line each ({"model": ..., "id": ..., "text": ...}), and writes a line of two signs for each:
Pydantic's verdict and jsonschema's, "1" valid, "0" not, or a line that begins with "!" and says what broke.
"""

import importlib
import json
import sys
from pathlib import Path

from jsonschema import Draft202012Validator
from pydantic import TypeAdapter, ValidationError
from referencing import Registry, Resource

package, schemas = sys.argv[1], Path(sys.argv[2])
models = importlib.import_module(package)
format_checker = importlib.import_module(f"{package}.checker").format_checker()

documents = [json.loads(file.read_text("utf-8")) for file in sorted(schemas.rglob("*.schema.json"))]
registry = Registry().with_resources([(one["$id"], Resource.from_contents(one)) for one in documents])
validators = {
    one["$id"]: Draft202012Validator(one, registry=registry, format_checker=format_checker) for one in documents
}
adapters: dict[str, TypeAdapter[object]] = {}

for line in sys.stdin:
    case = json.loads(line)
    adapter = adapters.get(case["model"])
    if adapter is None:
        adapter = adapters[case["model"]] = TypeAdapter(getattr(models, case["model"]))
    value = json.loads(case["text"])
    try:
        try:
            adapter.validate_python(value)
            pydantic = "1"
        except ValidationError:
            pydantic = "0"
        print(pydantic + ("1" if validators[case["id"]].is_valid(value) else "0"))
    except Exception as error:
        print(f"!{type(error).__name__}: {error}".replace("\n", " "))
