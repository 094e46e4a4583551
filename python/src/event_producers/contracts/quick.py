"""A yes in microseconds: a contract compiled to closures, for the events that keep it, which are nearly all.

A no is only a suspicion: jsonschema gives the verdict then, and every place. A contract with a keyword that is not known
here has no quick check at all, and jsonschema sees each of its events.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from .formats import FORMATS, check_of
from .pattern import compiled
from .values import all_different, equal, is_integer, is_number

Check = Callable[[Any], bool]

_ANNOTATIONS = frozenset(
    ["$schema", "$id", "$defs", "$comment", "title", "description", "default", "examples", "deprecated"]
)
_TYPES: dict[str, Check] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "number": is_number,
    "integer": is_integer,
}


class _Unknown(Exception):
    """A keyword that is left to jsonschema."""


def quick_check(schema: Mapping[str, Any], resolver: Any) -> Check | None:
    """`resolver` is referencing's, at this schema. None: there is no quick check for it."""
    try:
        return _Compiler().schema(schema, resolver)
    except _Unknown:
        return None


class _Compiler:
    def __init__(self) -> None:
        self._open: set[int] = set()

    def schema(self, schema: Any, resolver: Any) -> Check:
        if isinstance(schema, bool):
            return lambda _: schema
        if id(schema) in self._open:
            raise _Unknown  # One that refers to itself.
        self._open.add(id(schema))
        checks = [check for keyword in schema for check in self._keyword(keyword, schema, resolver)]
        self._open.discard(id(schema))
        if len(checks) == 1:
            return checks[0]

        def check(value: Any) -> bool:
            for one in checks:
                if not one(value):
                    return False
            return True

        return check

    def _keyword(self, keyword: str, schema: Mapping[str, Any], resolver: Any) -> Iterator[Check]:
        limit = schema[keyword]
        if keyword in _ANNOTATIONS or keyword.startswith("x-"):
            return
        match keyword:
            case "$ref":
                found = resolver.lookup(limit)
                yield self.schema(found.contents, found.resolver)
            case "allOf":
                for one in limit:
                    yield self.schema(one, resolver)
            case "anyOf":
                branches = [self.schema(one, resolver) for one in limit]
                yield lambda value: any(branch(value) for branch in branches)
            case "type":
                kinds = [_TYPES[kind] for kind in (limit if isinstance(limit, list) else [limit])]
                yield kinds[0] if len(kinds) == 1 else lambda value: any(kind(value) for kind in kinds)
            case "const":
                yield lambda value: equal(value, limit)
            case "enum":
                yield lambda value: any(equal(value, one) for one in limit)
            case "properties":
                yield self._properties(limit, resolver)
            case "required":
                yield lambda value: not isinstance(value, dict) or all(name in value for name in limit)
            case "additionalProperties" if "patternProperties" not in schema:
                known, rest = schema.get("properties", {}), self.schema(limit, resolver)
                yield lambda value: (
                    not isinstance(value, dict) or all(name in known or rest(member) for name, member in value.items())
                )
            case "items" if "prefixItems" not in schema:
                item = self.schema(limit, resolver)
                yield lambda value: not isinstance(value, list) or all(map(item, value))
            case _:
                yield _assertion(keyword, limit)

    def _properties(self, properties: Mapping[str, Any], resolver: Any) -> Check:
        members = [(name, self.schema(one, resolver)) for name, one in properties.items()]

        def check(value: Any) -> bool:
            if not isinstance(value, dict):
                return True
            for name, member in members:
                if name in value and not member(value[name]):
                    return False
            return True

        return check


def _assertion(keyword: str, limit: Any) -> Check:
    match keyword:
        case "format":
            if limit not in FORMATS:
                raise _Unknown
            return check_of(limit)
        case "pattern":
            search = compiled(limit).search
            return lambda value: not isinstance(value, str) or search(value) is not None
        case "minLength":
            return lambda value: not isinstance(value, str) or len(value) >= limit
        case "maxLength":
            return lambda value: not isinstance(value, str) or len(value) <= limit
        case "minItems":
            return lambda value: not isinstance(value, list) or len(value) >= limit
        case "maxItems":
            return lambda value: not isinstance(value, list) or len(value) <= limit
        case "uniqueItems":
            return lambda value: not limit or not isinstance(value, list) or all_different(value)
        case "minimum":
            return lambda value: not is_number(value) or bool(value >= limit)
        case "maximum":
            return lambda value: not is_number(value) or bool(value <= limit)
        case "exclusiveMinimum":
            return lambda value: not is_number(value) or bool(value > limit)
        case "exclusiveMaximum":
            return lambda value: not is_number(value) or bool(value < limit)
    raise _Unknown
