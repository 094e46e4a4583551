"""What the generated models stand on: JSON Schema's own idea of types, formats and equality, and an evaluator for
what no type can say. Needs Pydantic 2 and nothing else.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from functools import lru_cache
from math import isfinite
from typing import Annotated, Any, ClassVar
from uuid import UUID

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    PlainSerializer,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)

from .schemas import FORMATS, SCHEMAS

Schema = bool | Mapping[str, Any]


def canonical(value: Any) -> str:
    """One text for all values that JSON Schema calls equal: ``1.0`` is ``1``, ``True`` is not."""
    if isinstance(value, bool) or value is None:
        return json.dumps(value)
    if isinstance(value, int):
        return repr(value)
    if isinstance(value, float):
        return repr(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, str):
        return json.dumps(value)
    if isinstance(value, BaseModel):
        return canonical(value.model_dump(mode="json"))
    if isinstance(value, Mapping):
        members = (f"{json.dumps(name)}:{canonical(value[name])}" for name in sorted(value))
        return "{" + ",".join(members) + "}"
    if isinstance(value, Iterable):
        return "[" + ",".join(canonical(item) for item in value) + "]"
    return json.dumps(str(value))


@lru_cache(maxsize=None)
def _compiled(source: str) -> re.Pattern[str]:
    return re.compile(source)


def is_format(name: str, text: str) -> bool:
    """Whether a text is of a format, as every engine of Holyfields sees it."""
    known = FORMATS.get(name)
    if known is None:
        return True
    if "maxLength" in known and len(text) > known["maxLength"]:
        return False
    match = _compiled(known["pattern"]).fullmatch(text)
    if match is None or not known.get("calendar"):
        return match is not None
    try:
        date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return False
    return True


def format(name: str) -> AfterValidator:
    def check(text: str) -> str:
        if not is_format(name, text):
            raise ValueError(f"must be of the format {name}")
        return text

    return AfterValidator(check)


def matches(source: str) -> AfterValidator:
    """The text must match somewhere, as in JSON Schema."""

    def check(text: str) -> str:
        if not _compiled(source).search(text):
            raise ValueError(f"must match {source}")
        return text

    return AfterValidator(check)


def multiple_of(factor: int) -> AfterValidator:
    def check(value: float) -> float:
        if value % factor != 0:
            raise ValueError(f"must be a multiple of {factor}")
        return value

    return AfterValidator(check)


def one_of(*values: Any) -> BeforeValidator:
    """One of these values, by JSON's equality."""
    texts = {canonical(value) for value in values}

    def check(value: Any) -> Any:
        if canonical(value) not in texts:
            raise ValueError(f"must be one of {values}")
        return value

    return BeforeValidator(check)


def _raw(value: Any) -> Any:
    return value.model_dump(mode="json") if isinstance(value, BaseModel) else value


def keeps(schema: Schema) -> BeforeValidator:
    """Kept by a whole schema, which sees the value before Pydantic does."""

    def check(value: Any) -> Any:
        if not evaluate(schema, _raw(value)):
            raise ValueError("does not keep the schema")
        return value

    return BeforeValidator(check)


def unique() -> BeforeValidator:
    return keeps({"uniqueItems": True})


def _is_number(value: Any) -> bool:
    """Finite for those who read numbers as doubles, too: JavaScript takes an integer of 400 digits for infinite."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    try:
        return isfinite(value)
    except OverflowError:
        return False


def _is_integer(value: Any) -> bool:
    return _is_number(value) and float(value).is_integer()


def _integer(value: Any) -> Any:
    if not _is_integer(value):
        raise ValueError("must be an integer")
    return int(value)


def _number(value: Any) -> Any:
    if not _is_number(value):
        raise ValueError("must be a finite number")
    return value


def _uuid(value: Any) -> Any:
    if isinstance(value, UUID):
        return value
    if not isinstance(value, str) or not is_format("uuid", value):
        raise ValueError("must be a UUID")
    return UUID(value)


_FRACTION = re.compile(r"\.([0-9]{6})[0-9]+")


def _date_time(value: Any) -> Any:
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError("must have an offset")
        return value
    if not isinstance(value, str) or not is_format("date-time", value):
        raise ValueError("must be an RFC 3339 date-time with an offset")
    return datetime.fromisoformat(_FRACTION.sub(r".\1", value.upper()))


def _date(value: Any) -> Any:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if not isinstance(value, str) or not is_format("date", value):
        raise ValueError("must be an RFC 3339 date")
    return date.fromisoformat(value)


def _date_time_text(value: datetime) -> str:
    # As JavaScript writes it, wherever that loses nothing: an event that passes through stays as it was.
    precision = "auto" if value.microsecond % 1000 else "milliseconds"
    return value.isoformat(timespec=precision).replace("+00:00", "Z")


Integer = Annotated[int, BeforeValidator(_integer)]
"""``1.0`` is an integer, ``True`` is none."""
Number = Annotated[int | float, BeforeValidator(_number)]
"""Stays the ``int`` or ``float`` that it was."""
Uuid = Annotated[UUID, BeforeValidator(_uuid)]
DateTime = Annotated[
    datetime, BeforeValidator(_date_time), PlainSerializer(_date_time_text, return_type=str, when_used="json")
]
"""Beyond microseconds a fraction is cut off: ``datetime`` holds no more."""
Date = Annotated[date, BeforeValidator(_date)]


class Contract(BaseModel):
    """Base of all models. What a contract does not name passes, and is kept, unless the contract is closed."""

    model_config = ConfigDict(
        extra="allow",
        protected_namespaces=(),
        serialize_by_alias=True,
        validate_by_alias=True,
        validate_by_name=False,
    )

    never_null__: ClassVar[frozenset[str]] = frozenset()
    """Members that may be left out, and may not be null."""
    keeps__: ClassVar[Schema] = True
    """The whole schema, where the fields alone do not say it."""

    @model_validator(mode="before")
    @classmethod
    def _keeps_the_rest(cls, value: Any) -> Any:
        if isinstance(value, Mapping):
            for name in cls.never_null__:
                if name in value and value[name] is None:
                    raise ValueError(f"{name} may be left out, but may not be null")
            if cls.keeps__ is not True and not evaluate(cls.keeps__, value):
                raise ValueError("does not keep the schema")
        return value

    @model_serializer(mode="wrap")
    def _without_what_is_absent(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        data: dict[str, Any] = handler(self)
        for name, field in type(self).model_fields.items():
            if name not in self.model_fields_set and not field.is_required() and field.default is None:
                data.pop(field.alias or name, None)
        return data


class _Seen:
    """Which members and items a schema has spoken about."""

    __slots__ = ("items", "names")

    def __init__(self) -> None:
        self.names: set[str] = set()
        self.items: set[int] = set()


def _referred(ref: str) -> Any:
    name, _, pointer = ref.partition("#")
    schema: Any = SCHEMAS[name]
    for token in pointer.split("/")[1:]:
        token = token.replace("~1", "/").replace("~0", "~")
        schema = schema[int(token)] if isinstance(schema, list) else schema[token]
    return schema


_TYPES: Mapping[str, Callable[[Any], bool]] = {
    "null": lambda value: value is None,
    "boolean": lambda value: isinstance(value, bool),
    "string": lambda value: isinstance(value, str),
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, Mapping),
    "number": _is_number,
    "integer": _is_integer,
}


def evaluate(schema: Schema, value: Any, seen: _Seen | None = None) -> bool:
    """The verdict of JSON Schema 2020-12 on a JSON value."""
    if isinstance(schema, bool):
        return schema
    mine = _Seen()
    valid = (
        _scalar(schema, value)
        and _combined(schema, value, mine)
        and (not isinstance(value, list) or _list(schema, value, mine))
        and (not isinstance(value, Mapping) or _record(schema, value, mine))
    )
    if valid and seen is not None:
        seen.names |= mine.names
        seen.items |= mine.items
    return valid


def _scalar(s: Mapping[str, Any], value: Any) -> bool:
    if "type" in s:
        types = [s["type"]] if isinstance(s["type"], str) else s["type"]
        if not any(_TYPES[name](value) for name in types):
            return False
    if "const" in s and canonical(s["const"]) != canonical(value):
        return False
    if "enum" in s and canonical(value) not in {canonical(one) for one in s["enum"]}:
        return False
    if _is_number(value):
        return not (
            ("minimum" in s and value < s["minimum"])
            or ("maximum" in s and value > s["maximum"])
            or ("exclusiveMinimum" in s and value <= s["exclusiveMinimum"])
            or ("exclusiveMaximum" in s and value >= s["exclusiveMaximum"])
            or ("multipleOf" in s and value % s["multipleOf"] != 0)
        )
    if not isinstance(value, str):
        return True
    return not (
        ("minLength" in s and len(value) < s["minLength"])
        or ("maxLength" in s and len(value) > s["maxLength"])
        or ("pattern" in s and not _compiled(s["pattern"]).search(value))
        or ("format" in s and not is_format(s["format"], value))
    )


def _combined(s: Mapping[str, Any], value: Any, mine: _Seen) -> bool:
    def holding(schemas: Iterable[Schema]) -> int:
        # All are tried, because each that holds speaks about members of its own.
        return sum([evaluate(schema, value, mine) for schema in schemas])

    if "$ref" in s and not evaluate(_referred(s["$ref"]), value, mine):
        return False
    if "allOf" in s and holding(s["allOf"]) < len(s["allOf"]):
        return False
    if "anyOf" in s and holding(s["anyOf"]) == 0:
        return False
    if "oneOf" in s and holding(s["oneOf"]) != 1:
        return False
    if "not" in s and evaluate(s["not"], value):
        return False
    if "if" in s:
        branch = "then" if evaluate(s["if"], value, mine) else "else"
        if branch in s and not evaluate(s[branch], value, mine):
            return False
    return True


def _list(s: Mapping[str, Any], items: list[Any], mine: _Seen) -> bool:
    if len(items) < s.get("minItems", 0) or len(items) > s.get("maxItems", len(items)):
        return False
    if s.get("uniqueItems") and len({canonical(item) for item in items}) < len(items):
        return False
    prefix = s.get("prefixItems", [])
    for index, item in enumerate(items):
        schema = prefix[index] if index < len(prefix) else s.get("items")
        if schema is None:
            continue
        if not evaluate(schema, item):
            return False
        mine.items.add(index)
    if "contains" in s:
        found = [index for index, item in enumerate(items) if evaluate(s["contains"], item)]
        if len(found) < s.get("minContains", 1) or len(found) > s.get("maxContains", len(items)):
            return False
        mine.items.update(found)
    if "unevaluatedItems" in s:
        for index, item in enumerate(items):
            if index not in mine.items:
                if not evaluate(s["unevaluatedItems"], item):
                    return False
                mine.items.add(index)
    return True


def _record(s: Mapping[str, Any], value: Mapping[str, Any], mine: _Seen) -> bool:
    if len(value) < s.get("minProperties", 0) or len(value) > s.get("maxProperties", len(value)):
        return False
    if any(name not in value for name in s.get("required", ())):
        return False
    for name, needed in s.get("dependentRequired", {}).items():
        if name in value and any(other not in value for other in needed):
            return False
    for name, schema in s.get("dependentSchemas", {}).items():
        if name in value and not evaluate(schema, value, mine):
            return False
    properties = s.get("properties", {})
    for name, member in value.items():
        if "propertyNames" in s and not evaluate(s["propertyNames"], name):
            return False
        judges = [
            schema for source, schema in s.get("patternProperties", {}).items() if _compiled(source).search(name)
        ]
        if name in properties:
            judges.append(properties[name])
        if not judges and "additionalProperties" in s:
            judges.append(s["additionalProperties"])
        if not all(evaluate(schema, member) for schema in judges):
            return False
        if judges:
            mine.names.add(name)
    if "unevaluatedProperties" in s:
        for name, member in value.items():
            if name not in mine.names:
                if not evaluate(s["unevaluatedProperties"], member):
                    return False
                mine.names.add(name)
    return True
