"""Whether an event keeps its contract, and every place where it does not."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import ContractViolation


@dataclass(frozen=True, slots=True)
class Violation:
    """One place where an event breaks its contract."""

    pointer: str
    """JSON Pointer (RFC 6901) into the event; "" is the whole event."""
    keyword: str
    """The JSON Schema keyword that failed, or `routing_key`, `json`, `utf8`."""
    message: str
    """A plain sentence with the offending value in it."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`valid`, or why not: `code`, one sentence, every violation, and the nearest names of an unknown type."""

    valid: bool
    code: str = ""
    message: str = ""
    violations: tuple[Violation, ...] = ()
    nearest: tuple[str, ...] = ()

    def raise_if_broken(self) -> None:
        """Raises ContractViolation where the event breaks its contract."""
        if not self.valid:
            raise ContractViolation(self)


VALID = Verdict(valid=True)


def broken(code: str, message: str, *violations: Violation, nearest: tuple[str, ...] = ()) -> Verdict:
    return Verdict(False, code, message, violations, nearest)
