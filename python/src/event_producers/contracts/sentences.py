"""What jsonschema finds, as places and plain sentences."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from jsonschema.exceptions import ValidationError
from jsonschema.protocols import Validator

from .formats import FORMATS
from .verdict import Violation

_SHOWN = 80


def violations_of(checker: Validator, event: Any) -> tuple[Violation, ...]:
    """Every violation, each place and keyword once, in the order of the event."""
    found: dict[tuple[str, str], Violation] = {}
    try:
        for violation in _violations(checker.iter_errors(event)):
            found.setdefault((violation.pointer, violation.keyword), violation)
    except RecursionError:
        return (Violation("", "depth", "The event nests too deep to be checked."),)
    return tuple(sorted(found.values(), key=lambda violation: violation.pointer))


def _violations(errors: Iterable[ValidationError]) -> Iterator[Violation]:
    for error in errors:
        if error.validator in ("anyOf", "oneOf") and error.context:
            yield from _violations(_nearest_branch(error))
        else:
            yield _violation(error)


def _nearest_branch(error: ValidationError) -> list[ValidationError]:
    """Of several alternatives, the errors of the one that the value was meant for: not those of another type."""
    branches: dict[Any, list[ValidationError]] = {}
    for cause in error.context or ():
        branches.setdefault(cause.schema_path[0], []).append(cause)
    at = len(error.absolute_path)
    meant = [
        causes
        for causes in branches.values()
        if not any(cause.validator == "type" and len(cause.absolute_path) == at for cause in causes)
    ]
    return min(meant or branches.values(), key=len)


def _violation(error: ValidationError) -> Violation:
    path = list(error.absolute_path)
    keyword = str(error.validator)
    if keyword == "required":
        missing = error.message.split("'")[1] if "'" in error.message else ""
        path.append(missing)
    return Violation(_pointer(path), keyword, _sentence(error, keyword))


def _sentence(error: ValidationError, keyword: str) -> str:
    limit: Any = error.validator_value
    has: Any = error.instance
    value = shown(has)
    match keyword:
        case "required":
            return "It is missing."
        case "type":
            kinds = limit if isinstance(limit, list) else [limit]
            return f"It must be {' or '.join(_article(kind) for kind in kinds)}, and is {value}."
        case "const":
            return f"It must be {shown(limit)}, and is {value}."
        case "enum":
            return f"It must be one of {', '.join(map(shown, limit))}, and is {value}."
        case "format":
            meaning = FORMATS[limit].meaning if limit in FORMATS else limit
            return f"It must be {meaning}, and is {value}."
        case "pattern":
            return f"It must match {limit}, and is {value}."
        case "minimum":
            return f"It must be {limit} or more, and is {value}."
        case "maximum":
            return f"It must be {limit} or less, and is {value}."
        case "exclusiveMinimum":
            return f"It must be more than {limit}, and is {value}."
        case "exclusiveMaximum":
            return f"It must be less than {limit}, and is {value}."
        case "minLength":
            return f"It must have {limit} characters or more, and is {value}."
        case "maxLength":
            return f"It must have {limit} characters or fewer, and has {len(has)}."
        case "minItems":
            return f"It must have {limit} items or more, and has {len(has)}."
        case "maxItems":
            return f"It must have {limit} items or fewer, and has {len(has)}."
        case "uniqueItems":
            return f"Its items must all be different: {value}."
        case "additionalProperties":
            return f"It is not expected here: {value}."
    return f"{error.message}."


def _article(kind: str) -> str:
    return "null" if kind == "null" else f"{'an' if kind[0] in 'aio' else 'a'} {kind}"


def _pointer(path: Iterable[str | int]) -> str:
    return "".join("/" + str(token).replace("~", "~0").replace("/", "~1") for token in path)


def shown(value: object) -> str:
    """A value as a sentence shows it: JSON, cut where it is long."""
    try:
        text = json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        text = repr(value)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
