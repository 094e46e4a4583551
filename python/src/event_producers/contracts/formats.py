"""The formats that contracts assert: Holyfields' definitions (holyfields/src/formats), so that a verdict does not
depend on who gives it. A test compares the two tables.

jsonschema's own checkers are not used: they depend on what else is installed, and let pass what they do not know.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from jsonschema import FormatChecker


@dataclass(frozen=True, slots=True)
class Format:
    """One format: the whole string matches `pattern`; with `calendar`, its groups 1 to 3 are a day that exists."""

    meaning: str
    pattern: str
    calendar: bool = False
    max_length: int | None = None


_DATE = r"([0-9]{4})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
_TIME = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]+)?(?:[Zz]|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])"
_UNRESERVED = r"A-Za-z0-9\-._~"
_DELIMS = "!$&'()*+,;="
_ESCAPED = "%[0-9A-Fa-f]{2}"
_PCHAR = f"(?:[{_UNRESERVED}{_DELIMS}:@]|{_ESCAPED})"
_OCTET = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_IPV4 = rf"{_OCTET}(?:\.{_OCTET}){{3}}"
_H16 = "[0-9A-Fa-f]{1,4}"
_LS32 = f"(?:{_H16}:{_H16}|{_IPV4})"
_IPV6 = "(?:{})".format(
    "|".join(
        [
            f"(?:{_H16}:){{6}}{_LS32}",
            f"::(?:{_H16}:){{5}}{_LS32}",
            f"(?:{_H16})?::(?:{_H16}:){{4}}{_LS32}",
            f"(?:(?:{_H16}:)?{_H16})?::(?:{_H16}:){{3}}{_LS32}",
            f"(?:(?:{_H16}:){{0,2}}{_H16})?::(?:{_H16}:){{2}}{_LS32}",
            f"(?:(?:{_H16}:){{0,3}}{_H16})?::{_H16}:{_LS32}",
            f"(?:(?:{_H16}:){{0,4}}{_H16})?::{_LS32}",
            f"(?:(?:{_H16}:){{0,5}}{_H16})?::{_H16}",
            f"(?:(?:{_H16}:){{0,6}}{_H16})?::",
        ]
    )
)
_LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_HOST = rf"(?:\[{_IPV6}\]|(?:[{_UNRESERVED}{_DELIMS}]|{_ESCAPED})*)"
_AUTHORITY = f"(?:(?:[{_UNRESERVED}{_DELIMS}:]|{_ESCAPED})*@)?{_HOST}(?::[0-9]*)?"
_QUERY = rf"(?:\?(?:{_PCHAR}|[/?])*)?"
_FRAGMENT = f"(?:#(?:{_PCHAR}|[/?])*)?"
_ABSOLUTE_PATH = f"/(?:{_PCHAR}+(?:/{_PCHAR}*)*)?"
_ROOTLESS = f"{_PCHAR}+(?:/{_PCHAR}*)*"
_NO_COLON = f"(?:[{_UNRESERVED}{_DELIMS}@]|{_ESCAPED})+(?:/{_PCHAR}*)*"
_URI = (
    rf"[A-Za-z][A-Za-z0-9+.\-]*:(?://{_AUTHORITY}(?:/{_PCHAR}*)*|{_ABSOLUTE_PATH}|{_ROOTLESS}|){_QUERY}{_FRAGMENT}"
)
_RELATIVE = f"(?://{_AUTHORITY}(?:/{_PCHAR}*)*|{_ABSOLUTE_PATH}|{_NO_COLON}|){_QUERY}{_FRAGMENT}"
_ATOM = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"

FORMATS: dict[str, Format] = {
    "date-time": Format(
        "an RFC 3339 date-time with an offset, such as 2026-01-31T09:00:00Z", f"{_DATE}[Tt]{_TIME}", calendar=True
    ),
    "date": Format("an RFC 3339 date, such as 2026-01-31", _DATE, calendar=True),
    "time": Format("an RFC 3339 time with an offset, such as 09:00:00Z", _TIME),
    "duration": Format(
        "an ISO 8601 duration, such as PT1H30M",
        "P(?:[0-9]+W|(?=[0-9]|T)(?:[0-9]+Y)?(?:[0-9]+M)?(?:[0-9]+D)?(?:T(?=[0-9])(?:[0-9]+H)?(?:[0-9]+M)?(?:[0-9]+S)?)?)",
    ),
    "uuid": Format(
        "a UUID, such as 0190f5c4-7b1e-7c3a-8f00-000000000000",
        "[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}",
    ),
    "email": Format(
        "an e-mail address, such as zoe@example.com",
        rf"{_ATOM}(?:\.{_ATOM})*@(?:{_LABEL}\.)+{_LABEL}",
        max_length=320,
    ),
    "hostname": Format("a host name, such as example.com", rf"{_LABEL}(?:\.{_LABEL})*", max_length=253),
    "ipv4": Format("an IPv4 address, such as 192.0.2.1", _IPV4),
    "ipv6": Format("an IPv6 address, such as 2001:db8::1", _IPV6),
    "uri": Format("a URI with a scheme, such as https://example.com/a", _URI),
    "uri-reference": Format("a URI or a relative reference", f"(?:{_URI}|{_RELATIVE})"),
    "json-pointer": Format("a JSON Pointer, such as /payload/title", "(?:/(?:[^~/]|~0|~1)*)*"),
}


def _days_of(year: int, month: int) -> int:
    if month == 2:
        return 29 if (year % 4 == 0 and year % 100 != 0) or year % 400 == 0 else 28
    return 30 if month in (4, 6, 9, 11) else 31


@cache
def check_of(name: str) -> Callable[[object], bool]:
    """The check of a known format. What is no text passes, as JSON Schema has it."""
    definition = FORMATS[name]
    whole = re.compile(definition.pattern)
    longest = definition.max_length

    def check(value: object) -> bool:
        if not isinstance(value, str):
            return True
        if longest is not None and len(value) > longest:
            return False
        match = whole.fullmatch(value)
        if match is None or not definition.calendar:
            return match is not None
        year, month, day = int(match[1]), int(match[2]), int(match[3])
        return year > 0 and day <= _days_of(year, month)

    return check


def format_checker() -> FormatChecker:
    """Checks the formats above; knows no others."""
    checker = FormatChecker(formats=())
    checker.checkers = {name: (check_of(name), ()) for name in FORMATS}
    return checker
