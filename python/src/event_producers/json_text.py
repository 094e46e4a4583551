"""JSON as JavaScript writes it: to be read by people, and half of a surrogate pair escaped, for which UTF-8 has no bytes."""

from __future__ import annotations

import json
import re
from typing import Any

_HALF = re.compile("[\ud800-\udfff]")


def json_text(value: Any, *, allow_nan: bool = True) -> str:
    """Without spaces. Raises ValueError or TypeError for what JSON cannot hold."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=allow_nan)
    return _HALF.sub(lambda half: f"\\u{ord(half[0]):04x}", text)
