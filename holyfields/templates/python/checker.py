"""Python's own jsonschema with Holyfields' formats, so that its verdict is ours. Needs ``jsonschema``.

    from jsonschema import Draft202012Validator
    from holyfields.checker import format_checker

    Draft202012Validator(schema, registry=registry, format_checker=format_checker())
"""

from __future__ import annotations

from jsonschema import FormatChecker  # type: ignore[import-untyped, unused-ignore]

from .runtime import is_format
from .schemas import FORMATS


def format_checker() -> FormatChecker:
    """A checker that knows the formats of the contracts, and no others."""
    checker = FormatChecker(formats=())

    def add(name: str) -> None:
        def check(value: object) -> bool:
            return not isinstance(value, str) or is_format(name, value)

        checker.checks(name)(check)

    for name in FORMATS:
        add(name)
    return checker
