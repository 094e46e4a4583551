"""Ships the contracts and their generated models inside the package, so that an installed copy needs no repository."""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

# Where each is in the repository, below this package's folder's parent, and where in what is installed.
SHIPPED = {
    "holyfields/schemas": "event_producers/schemas",
    "holyfields/generated/python/holyfields": "holyfields",
}


class ShipContracts(BuildHookInterface):  # type: ignore[type-arg]
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            return  # An editable install finds them where they are written.
        home = Path(self.root)
        for source, target in SHIPPED.items():
            written, brought = home.parent / source, home / "src" / target
            if written.is_dir():
                inside = target if self.target_name == "wheel" else f"src/{target}"
                build_data["force_include"][str(written)] = inside
            elif not brought.is_dir():
                raise FileNotFoundError(f"{target} is neither in {written} nor in this source distribution")
            elif self.target_name == "wheel" and not target.startswith("event_producers/"):
                build_data["force_include"][str(brought)] = target
