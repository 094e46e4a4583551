"""Values as JSON has them, as Pydantic writes them."""

from __future__ import annotations

from typing import Any

from pydantic import ConfigDict, TypeAdapter

# NaN stays NaN, so that it can be refused: pydantic would write null instead.
_ANY: TypeAdapter[Any] = TypeAdapter(Any, config=ConfigDict(ser_json_inf_nan="constants"))


def plain(value: object) -> Any:
    """As `model_dump(mode="json")`, but that a None which a model has by default stays out: a contract seldom allows
    null where it allows absence. Raises ValueError for what JSON cannot hold.
    """
    whole = _ANY.dump_python(value, mode="json", warnings=False)
    given = _ANY.dump_python(value, mode="json", warnings=False, exclude_unset=True)
    return whole if whole == given else _without_nulls(whole, given)


def _without_nulls(whole: Any, given: Any) -> Any:
    """Without the members that are None, and were not given."""
    if isinstance(whole, dict):
        known = given if isinstance(given, dict) else {}
        return {
            name: _without_nulls(member, known.get(name))
            for name, member in whole.items()
            if member is not None or name in known
        }
    if isinstance(whole, list):
        told = given if isinstance(given, list) and len(given) == len(whole) else [None] * len(whole)
        return [_without_nulls(item, other) for item, other in zip(whole, told, strict=True)]
    return whole
