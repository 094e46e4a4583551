"""Ships the contracts inside the package, so that an installed copy checks events without the repository."""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ShipContracts(BuildHookInterface):  # type: ignore[type-arg]
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            return  # An editable install finds them where they are written.
        contracts = Path(self.root).parent / "holyfields" / "schemas"
        if contracts.is_dir():
            target = "event_producers/schemas" if self.target_name == "wheel" else "src/event_producers/schemas"
            build_data["force_include"][str(contracts)] = target
        elif not (Path(self.root) / "src" / "event_producers" / "schemas").is_dir():
            raise FileNotFoundError(f"the contracts are neither in {contracts} nor in this source distribution")
