"""JSON Schema 2020-12 by jsonschema, where it would judge otherwise than ajv brought into line."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from jsonschema import Draft202012Validator, validators
from jsonschema.exceptions import ValidationError
from jsonschema.protocols import Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from ..events.identity import canonical_json
from .formats import format_checker
from .pattern import compiled


def _is_number(_: object, value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:
        return False  # An integer that no double can hold.


def _is_integer(_: object, value: object) -> bool:
    return _is_number(_, value) and (isinstance(value, int) or (isinstance(value, float) and value.is_integer()))


def _const(_: Any, wanted: Any, value: Any, __: Any) -> Iterator[ValidationError]:
    if not _equal(value, wanted):
        yield ValidationError(f"{wanted!r} was expected")


def _enum(_: Any, wanted: list[Any], value: Any, __: Any) -> Iterator[ValidationError]:
    if not any(_equal(value, one) for one in wanted):
        yield ValidationError(f"{value!r} is not one of {wanted!r}")


def _unique_items(_: Any, wanted: bool, value: Any, __: Any) -> Iterator[ValidationError]:
    if wanted and isinstance(value, list) and len({canonical_json(item) for item in value}) < len(value):
        yield ValidationError(f"{value!r} has an item twice")


def _equal(value: Any, wanted: Any) -> bool:
    """JSON Schema's equality: by value, so that 1.0 is 1, and `true` is not."""
    if isinstance(value, (dict, list)) or isinstance(wanted, (dict, list)):
        return type(value) is type(wanted) and canonical_json(value) == canonical_json(wanted)
    return bool(value == wanted) and isinstance(value, bool) == isinstance(wanted, bool)


def _pattern(_: Any, pattern: str, value: Any, __: Any) -> Iterator[ValidationError]:
    if isinstance(value, str) and compiled(pattern).search(value) is None:
        yield ValidationError(f"{value!r} does not match {pattern!r}")


def _pattern_properties(validator: Any, patterns: Mapping[str, Any], value: Any, _: Any) -> Iterator[ValidationError]:
    if not isinstance(value, dict):
        return
    for pattern, schema in patterns.items():
        for name, member in value.items():
            if compiled(pattern).search(name):
                yield from validator.descend(member, schema, path=name, schema_path=pattern)


def _additional_properties(validator: Any, schema: Any, value: Any, parent: Mapping[str, Any]) -> Iterator[ValidationError]:
    if not isinstance(value, dict):
        return
    known = parent.get("properties", {})
    patterns = [compiled(pattern) for pattern in parent.get("patternProperties", {})]
    for name, member in value.items():
        if name in known or any(pattern.search(name) for pattern in patterns):
            continue
        if schema is False:
            yield ValidationError(f"{name!r} is not expected", path=[name])
        elif schema is not True:
            yield from validator.descend(member, schema, path=name)


_extend: Any = validators.extend
_Checker = _extend(
    Draft202012Validator,
    validators={
        "const": _const,
        "enum": _enum,
        "pattern": _pattern,
        "patternProperties": _pattern_properties,
        "additionalProperties": _additional_properties,
        "uniqueItems": _unique_items,
    },
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine_many({"number": _is_number, "integer": _is_integer}),
)


def registry_of(schemas: Iterable[Mapping[str, Any]]) -> Registry[Any]:
    """What `$ref` may lead to: these schemas by their `$id`, and nothing that would have to be fetched."""
    resources: list[tuple[str, Any]] = []
    for schema in schemas:
        # Without `$schema`: with it jsonschema would go on with its own class behind a `$ref`, without what is changed here.
        contents = {name: value for name, value in schema.items() if name != "$schema"}
        resources.append((str(schema["$id"]), DRAFT202012.create_resource(contents)))
    return Registry[Any]().with_resources(resources).crawl()


def checker_of(schema: Mapping[str, Any], registry: Registry[Any]) -> Validator:
    """The compiled check of one contract. Formats are asserted."""
    contents = {name: value for name, value in schema.items() if name != "$schema"}
    checker: Validator = _Checker(contents, registry=registry, format_checker=format_checker())
    return checker
