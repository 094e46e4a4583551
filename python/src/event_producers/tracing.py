"""W3C trace context for what is published: OpenTelemetry's where it is installed, else the handled message's own."""

from __future__ import annotations

from typing import Any

from .correlation import current_handling

try:
    from opentelemetry import propagate

    _propagate: Any = propagate
except ImportError:
    _propagate = None


def trace_headers() -> dict[str, str]:
    """`traceparent` and `tracestate`, as far as they are known."""
    headers: dict[str, str] = {}
    if _propagate is not None:
        _propagate.inject(headers)
    if not headers and (current := current_handling()):
        headers.update(current.trace_headers)
    return headers
