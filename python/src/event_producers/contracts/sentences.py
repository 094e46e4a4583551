"""What jsonschema finds, as violations: the pointers, keywords and sentences of the TypeScript side."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from jsonschema.exceptions import ValidationError
from jsonschema.protocols import Validator

from ..json_text import json_text
from .formats import FORMATS
from .verdict import Violation

_SHOWN = 80
_CHOICES = ("anyOf", "oneOf")


@dataclass(slots=True)
class _Finding:
    """One failed keyword at one place; of alternatives, each branch's findings stand beside the keyword's own."""

    path: tuple[str | int, ...]
    keyword: str
    limit: Any
    value: Any
    error: ValidationError


def violations_of(checker: Validator, event: Any) -> tuple[Violation, ...]:
    """Every violation, each once."""
    found = _without_noise([finding for error in checker.iter_errors(event) for finding in _flat(error)])
    told = (Violation(_pointer(_place(finding)), finding.keyword, _sentence(finding)) for finding in found)
    return tuple(dict.fromkeys(told))


def _flat(error: ValidationError) -> Iterator[_Finding]:
    if error.validator in _CHOICES:
        for cause in error.context or ():
            yield from _flat(cause)
    keyword = "false" if error.validator is None else str(error.validator)
    yield _Finding(tuple(error.absolute_path), keyword, error.validator_value, error.instance, error)


def _without_noise(found: list[_Finding]) -> list[_Finding]:
    """Of alternatives of which none fits, the wrong kinds are told once: "must be an object or null"."""
    for choice in [finding for finding in found if finding.keyword in _CHOICES]:
        kinds = [f for f in found if f.keyword == "type" and f.path == choice.path]
        if not kinds:
            continue
        deeper = any(
            f not in kinds and f.keyword != "anyOf" and f is not choice and f.path[: len(choice.path)] == choice.path
            for f in found
        )
        found = [f for f in found if f not in kinds and (f is not choice or deeper)]
        if not deeper:
            types = [kind for f in kinds for kind in (f.limit if isinstance(f.limit, list) else [f.limit])]
            found.append(_Finding(choice.path, "type", list(dict.fromkeys(types)), choice.value, kinds[0].error))
    return found


def _place(finding: _Finding) -> tuple[str | int, ...]:
    """A missing member is pointed at itself: that is where the eye should go."""
    if finding.keyword == "required":
        return (*finding.path, _missing(finding))
    return finding.path


def _missing(finding: _Finding) -> str:
    # jsonschema gives the name only in its sentence, as Python writes a string.
    return next((name for name in finding.limit if finding.error.message.startswith(f"{name!r} ")), "")


_SENTENCES: dict[str, Callable[[Any, Any], str]] = {
    "type": lambda limit, value: f"must be {_kinds(limit)}, {_but_is(value)}",
    "required": lambda _, __: "is required, but is missing",
    "const": lambda limit, value: f"must be {shown(limit)}, {_but_is(value)}",
    "enum": lambda limit, value: f"must be {_list(limit)}, {_but_is(value)}",
    "minimum": lambda limit, value: f"must be at least {shown(limit)}, but is {shown(value)}",
    "maximum": lambda limit, value: f"must be at most {shown(limit)}, but is {shown(value)}",
    "exclusiveMinimum": lambda limit, value: f"must be greater than {shown(limit)}, but is {shown(value)}",
    "exclusiveMaximum": lambda limit, value: f"must be less than {shown(limit)}, but is {shown(value)}",
    "multipleOf": lambda limit, value: f"must be a multiple of {shown(limit)}, but is {shown(value)}",
    "minLength": lambda limit, value: (
        f"must have at least {_plural(limit, 'character')}, but {shown(value)} has {len(value)}"
    ),
    "maxLength": lambda limit, value: (
        f"must have at most {_plural(limit, 'character')}, but has {len(value)}: {shown(value)}"
    ),
    "pattern": lambda limit, value: f"must match {limit}, but is {shown(value)}",
    "format": lambda limit, value: f"must be {_meaning(limit)}, but is {shown(value)}",
    "minItems": lambda limit, value: f"must have at least {_plural(limit, 'item')}, but has {len(value)}",
    "maxItems": lambda limit, value: f"must have at most {_plural(limit, 'item')}, but has {len(value)}",
    "uniqueItems": lambda _, value: f"must have no item twice, but is {shown(value)}",
    "minProperties": lambda limit, value: f"must have at least {_plural(limit, 'member')}, but has {len(value)}",
    "maxProperties": lambda limit, value: f"must have at most {_plural(limit, 'member')}, but has {len(value)}",
    "additionalProperties": lambda _, __: "is not a member that the contract knows, and it admits no others",
    "not": lambda _, value: f"must not be as it is: {shown(value)}",
    "anyOf": lambda _, value: f"must fit one of the alternatives, but none fits {shown(value)}",
    "oneOf": lambda _, value: f"must fit exactly one alternative, but none fits {shown(value)}",
    "false": lambda _, __: "must not be there",
}


def _sentence(finding: _Finding) -> str:
    say = _SENTENCES.get(finding.keyword)
    return say(finding.limit, finding.value) if say else f"breaks {finding.keyword}: {finding.error.message}"


def _kinds(limit: Any) -> str:
    return " or ".join(map(_article, limit if isinstance(limit, list) else [limit]))


def _list(values: Iterable[Any]) -> str:
    texts = [shown(value) for value in values]
    return "".join(texts) if len(texts) < 2 else f"{', '.join(texts[:-1])} or {texts[-1]}"


def _but_is(value: Any) -> str:
    """The value, or its kind where the value says little."""
    if isinstance(value, dict):
        return "but is an object"
    return "but is an array" if isinstance(value, list) else f"but is {shown(value)}"


def _article(kind: str) -> str:
    return "null" if kind == "null" else f"{'an' if kind[0] in 'aio' else 'a'} {kind}"


def _plural(count: int, one: str) -> str:
    return f"{count} {one}" if count == 1 else f"{count} {one}s"


def _meaning(name: str) -> str:
    return FORMATS[name].meaning if name in FORMATS else f"of format {name}"


def _pointer(path: Iterable[str | int]) -> str:
    return "".join("/" + str(token).replace("~", "~0").replace("/", "~1") for token in path)


def shown(value: Any) -> str:
    """A value as a sentence shows it: JSON, cut where it is long."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e21:
        value = int(value)
    try:
        text = json_text(value)
    except (TypeError, ValueError, RecursionError):
        return "a value that cannot be shown"
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
