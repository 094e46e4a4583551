"""Reads cases, one JSON line each ({"model": ..., "id": ..., "text": ...}), and writes a JSON list for each: Pydantic's
verdict and jsonschema's, or what broke.
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
    verdicts: list[bool | str] = []
    try:
        adapter.validate_python(value)
        verdicts.append(True)
    except ValidationError:
        verdicts.append(False)
    except Exception as error:
        verdicts.append(f"{type(error).__name__}: {error}")
    try:
        verdicts.append(validators[case["id"]].is_valid(value))
    except Exception as error:
        verdicts.append(f"{type(error).__name__}: {error}")
    print(json.dumps(verdicts))
