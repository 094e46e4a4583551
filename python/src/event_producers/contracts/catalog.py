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
from .decode import decode
from .nearest import nearest
from .quick import Check, quick_check
from .sentences import shown, violations_of
from .verdict import VALID, Verdict, Violation, broken, contradiction, refusal, unknown_type

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
        self._subjects: dict[str, dict[str, Contract]] = {}
        for contract in self.contracts:
            self._subjects.setdefault(contract.event_type, {})[contract.version] = contract
        self._newest = {name: _newest(list(versions.values())) for name, versions in self._subjects.items()}
        self._checkers: dict[tuple[str, str], Validator] = {}
        self._quick: dict[tuple[str, str], Check | None] = {}
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
        return self._subjects.get(event_type, {}).get(version)

    def nearest(self, event_type: str) -> tuple[str, ...]:
        """The known event types nearest to this name, best first, three at most."""
        return nearest(event_type, self._subjects)

    def validate(self, event: object, routing_key: str | None = None) -> Verdict:
        """The verdict on a parsed event. Never raises. `routing_key`, where given, must equal `event_type`."""
        try:
            return self._judge(event, routing_key)
        except (RecursionError, TypeError) as error:
            return refusal(None, Violation("", "depth", f"can't be checked: {error}"))

    def validate_bytes(self, body: bytes, routing_key: str | None = None) -> Verdict:
        """The verdict on an event's bytes as they came over a wire: UTF-8, JSON, then `validate`. Never raises."""
        decoded = decode(body)
        if isinstance(decoded, Violation):
            return broken("MALFORMED_JSON", decoded.message, decoded)
        return self.validate(decoded.value, routing_key)

    def _judge(self, event: object, routing_key: str | None) -> Verdict:
        if not isinstance(event, dict) or not isinstance(event_type := event.get("event_type"), str):
            found = violations_of(self._envelope, event)
            return refusal(None, *(found or [Violation("/event_type", "required", "must name the event's type")]))
        versions = self._subjects.get(event_type)
        if versions is None:
            return unknown_type(event_type, self.nearest(event_type))
        version = event.get("version")
        contract = versions.get(version) if isinstance(version, str) else self._newest[event_type]
        if contract is None:
            message = f"{event_type} has no version {shown(version)}; there is {', '.join(versions)}"
            return refusal(event_type, Violation("/version", "version", message))
        if (quick := self._quick_check(contract)) and quick(event):
            found = ()
        else:
            found = violations_of(self._checker(contract), event)
        if routing_key is not None and routing_key != event_type:
            return contradiction(event_type, routing_key, found)
        if found:
            return refusal(event_type, *found)
        if contract.stability == "retired":
            newest = self._newest[event_type]
            advice = "nothing replaces it" if newest is contract else f"publish {newest.version}"
            message = f"{event_type} {contract.version} is retired; {advice}"
            return refusal(event_type, Violation("/version", "retired", message))
        return VALID

    def _quick_check(self, contract: Contract) -> Check | None:
        name = (contract.event_type, contract.version)
        if name not in self._quick:
            resolver = self._registry.resolver(str(contract.schema["$id"]))
            self._quick[name] = quick_check(contract.schema, resolver)
        return self._quick[name]

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


def _newest(versions: list[Contract]) -> Contract:
    return next((contract for contract in reversed(versions) if contract.stability != "retired"), versions[-1])


def _number(version: str) -> int:
    return int(version.removeprefix("v"))
