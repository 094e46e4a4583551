"""The checked set of contracts, and the verdict on an event."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema.protocols import Validator

from ..errors import BloodbankError
from .checker import checker_of, registry_of
from .nearest import nearest
from .sentences import violations_of
from .verdict import VALID, Verdict, Violation, broken

_ENVELOPE = "https://33god.dev/schemas/core/event-envelope.v1.schema.json"


@dataclass(frozen=True, slots=True)
class Contract:
    """One event type in one version."""

    event_type: str
    version: str
    schema: Mapping[str, Any]
    file: Path

    @property
    def title(self) -> str:
        return str(self.schema.get("title", self.event_type))

    @property
    def stability(self) -> str:
        return str(self.schema.get("x-stability", "stable"))


class Catalog:
    """All contracts of a folder. Immutable; one is enough for a process (`default_catalog`)."""

    def __init__(self, schemas: Mapping[Path, Mapping[str, Any]]) -> None:
        self._registry = registry_of(schemas.values())
        contracts = [found for file, schema in schemas.items() if (found := _contract(file, schema))]
        self.contracts: tuple[Contract, ...] = tuple(
            sorted(contracts, key=lambda contract: (contract.event_type, _number(contract.version)))
        )
        self._by_name = {(contract.event_type, contract.version): contract for contract in self.contracts}
        self._newest = {
            contract.event_type: contract for contract in self.contracts if contract.stability != "retired"
        }
        self._checkers: dict[tuple[str, str], Validator] = {}
        envelope = next((schema for schema in schemas.values() if schema["$id"] == _ENVELOPE), None)
        if envelope is None:
            raise BloodbankError("CATALOG_BROKEN", f"No schema has the $id {_ENVELOPE}.")
        self._envelope = checker_of(envelope, self._registry)

    @classmethod
    def load(cls, folder: str | os.PathLike[str]) -> Catalog:
        """Reads every `*.schema.json` below a folder."""
        schemas: dict[Path, Mapping[str, Any]] = {}
        for file in sorted(Path(folder).rglob("*.schema.json")):
            try:
                schema = json.loads(file.read_text(encoding="utf-8"))
                schema["$id"]
            except (OSError, ValueError, KeyError, TypeError) as error:
                raise BloodbankError("CATALOG_BROKEN", f"{file} is not a schema: {error}") from error
            schemas[file] = schema
        if not schemas:
            raise BloodbankError("CATALOG_BROKEN", f"There are no contracts in {folder}.")
        return cls(schemas)

    def get(self, event_type: str, version: str | None = None) -> Contract | None:
        """The contract of a type; without a version, the newest one that is not retired."""
        if version is None:
            return self._newest.get(event_type)
        return self._by_name.get((event_type, version))

    def nearest(self, event_type: str) -> tuple[str, ...]:
        """The known event types nearest to this name, best first, three at most."""
        return nearest(event_type, self._newest)

    def validate(self, event: object, routing_key: str | None = None) -> Verdict:
        """The verdict on a parsed event. Never raises. `routing_key`, where given, must equal `event_type`."""
        event_type = event.get("event_type") if isinstance(event, dict) else None
        version = event.get("version") if isinstance(event, dict) else None
        if not isinstance(event, dict) or not isinstance(event_type, str) or not isinstance(version, str):
            found = violations_of(self._envelope, event)
            return broken("CONTRACT_VIOLATION", _sentence("The event", found), *found)
        if routing_key is not None and routing_key != event_type:
            message = f'The routing key is "{routing_key}" and the event type "{event_type}"; they must be the same.'
            return broken("ROUTING_KEY_MISMATCH", message, Violation("/event_type", "routing_key", message))
        contract = self._by_name.get((event_type, version))
        if contract is None:
            return self._unknown(event, event_type, version)
        found = violations_of(self._checker(contract), event)
        return broken("CONTRACT_VIOLATION", _sentence(f"{event_type} {version}", found), *found) if found else VALID

    def validate_bytes(self, body: bytes, routing_key: str | None = None) -> Verdict:
        """The verdict on an event's bytes as they came over a wire: UTF-8, JSON, then `validate`. Never raises."""
        if body.startswith(b"\xef\xbb\xbf"):
            return _malformed("json", "The body begins with a byte order mark; send UTF-8 without one.")
        try:
            event = json.loads(body.decode("utf-8"), parse_constant=_no_constant)
        except UnicodeDecodeError:
            return _malformed("utf8", "The body is not UTF-8.")
        except (ValueError, RecursionError) as error:
            return _malformed("json", f"The body is not JSON: {error}.")
        return self.validate(event, routing_key)

    def _unknown(self, event: object, event_type: str, version: str) -> Verdict:
        versions = [contract.version for contract in self.contracts if contract.event_type == event_type]
        if versions:
            message = f"{event_type} has no version {version}; it has {', '.join(versions)}."
            return broken("UNKNOWN_EVENT_TYPE", message, Violation("/version", "const", message))
        names = self.nearest(event_type)
        hint = f" Did you mean {' or '.join(names)}?" if names else ""
        message = f'No contract is known for the event type "{event_type}".{hint}'
        return broken("UNKNOWN_EVENT_TYPE", message, Violation("/event_type", "const", message), nearest=names)

    def _checker(self, contract: Contract) -> Validator:
        name = (contract.event_type, contract.version)
        checker = self._checkers.get(name)
        if checker is None:
            checker = self._checkers[name] = checker_of(contract.schema, self._registry)
        return checker


@cache
def default_catalog() -> Catalog:
    """The contracts that were shipped with this package; in the repository, those of holyfields/."""
    shipped = Path(__file__).resolve().parent.parent / "schemas"
    if shipped.is_dir():
        return Catalog.load(shipped)
    for folder in Path(__file__).resolve().parents:
        if (folder / "holyfields" / "schemas").is_dir():
            return Catalog.load(folder / "holyfields" / "schemas")
    raise BloodbankError("CATALOG_BROKEN", f"This installation has no contracts in {shipped}; install it again.")


def _contract(file: Path, schema: Mapping[str, Any]) -> Contract | None:
    properties = schema.get("properties", {})
    event_type = properties.get("event_type", {}).get("const")
    version = properties.get("version", {}).get("const")
    if event_type is None or version is None:
        return None  # A part of others: the envelope, the agent's context.
    return Contract(event_type, version, schema, file)


def _number(version: str) -> int:
    return int(version.removeprefix("v"))


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")


def _malformed(keyword: str, message: str) -> Verdict:
    return broken("MALFORMED_JSON", message, Violation("", keyword, message))


def _sentence(what: str, violations: tuple[Violation, ...]) -> str:
    places = "1 place" if len(violations) == 1 else f"{len(violations)} places"
    return f"{what} breaks its contract in {places}: {violations[0].message}" if violations else what
