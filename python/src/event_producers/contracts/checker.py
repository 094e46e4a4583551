"""JSON Schema 2020-12 by jsonschema, where it would judge otherwise than ajv brought into line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from jsonschema import Draft202012Validator, validators
from jsonschema.exceptions import ValidationError
from jsonschema.protocols import Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from .formats import format_checker
from .pattern import compiled
from .values import all_different, equal, is_integer, is_number


def _const(_: Any, wanted: Any, value: Any, __: Any) -> Iterator[ValidationError]:
    if not equal(value, wanted):
        yield ValidationError(f"{wanted!r} was expected")


def _enum(_: Any, wanted: list[Any], value: Any, __: Any) -> Iterator[ValidationError]:
    if not any(equal(value, one) for one in wanted):
        yield ValidationError(f"{value!r} is not one of {wanted!r}")


def _unique_items(_: Any, wanted: bool, value: Any, __: Any) -> Iterator[ValidationError]:
    if wanted and isinstance(value, list) and not all_different(value):
        yield ValidationError(f"{value!r} has an item twice")


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


def _additional_properties(
    validator: Any, schema: Any, value: Any, parent: Mapping[str, Any]
) -> Iterator[ValidationError]:
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
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine_many(
        {"number": lambda _, value: is_number(value), "integer": lambda _, value: is_integer(value)}
    ),
)


def registry_of(schemas: Iterable[Mapping[str, Any]]) -> Registry[Any]:
    """What `$ref` may lead to: these schemas by their `$id`, and nothing that would have to be fetched."""
    resources: list[tuple[str, Any]] = []
    for schema in schemas:
        # Without `$schema`: with it jsonschema would go on with its own class behind a `$ref`, without what we changed.
        contents = {name: value for name, value in schema.items() if name != "$schema"}
        resources.append((str(schema["$id"]), DRAFT202012.create_resource(contents)))
    return Registry[Any]().with_resources(resources).crawl()


def checker_of(schema: Mapping[str, Any], registry: Registry[Any]) -> Validator:
    """The compiled check of one contract. Formats are asserted."""
    contents = {name: value for name, value in schema.items() if name != "$schema"}
    checker: Validator = _Checker(contents, registry=registry, format_checker=format_checker())
    return checker
