"""A contract's `pattern` means what ECMA-262 says. Python's `re` reads most of it alike; here is the rest."""

from __future__ import annotations

import re
from functools import lru_cache

# Python knows more digits, letters and spaces than JavaScript, whose spaces are these.
_SPACES = r"\t\n\v\f\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
_IN_CLASS = {"d": "0-9", "w": "A-Za-z0-9_", "s": _SPACES, "/": "/"}
_OUTSIDE = {
    "d": "[0-9]",
    "D": "[^0-9]",
    "w": "[A-Za-z0-9_]",
    "W": "[^A-Za-z0-9_]",
    "s": f"[{_SPACES}]",
    "S": f"[^{_SPACES}]",
    "/": "/",
}
# What Python takes for set operations, or warns that it will.
_ESCAPED_IN_CLASS = "[&~|"


@lru_cache(maxsize=1024)
def compiled(pattern: str) -> re.Pattern[str]:
    """The expression, to be used with `search`."""
    return re.compile(to_python(pattern))


def to_python(pattern: str) -> str:
    out: list[str] = []
    in_class = False
    at = 0
    while at < len(pattern):
        char = pattern[at]
        at += 1
        if char == "\\":
            following = pattern[at : at + 1]
            at += 1
            if following == "u" and pattern[at : at + 1] == "{":
                end = pattern.index("}", at)
                out.append(re.escape(chr(int(pattern[at + 1 : end], 16))))
                at = end + 1
            else:
                out.append((_IN_CLASS if in_class else _OUTSIDE).get(following, char + following))
        elif in_class:
            in_class = char != "]"
            out.append(f"\\{char}" if char in _ESCAPED_IN_CLASS else char)
        elif char == "[":
            in_class = True
            out.append(char)
            if pattern[at : at + 1] == "^":
                out.append("^")
                at += 1
        elif char == "$":
            out.append(r"\Z")  # `$` would also match before a last line feed.
        elif char == ".":
            out.append(r"[^\n\r\u2028\u2029]")
        elif char == "(" and pattern.startswith("?<", at) and pattern[at + 2 : at + 3] not in ("=", "!"):
            out.append("(?P<")
            at += 2
        else:
            out.append(char)
    return "".join(out)
