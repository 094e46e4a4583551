"""The contracts of all events, and the verdict on one: JSON Schema 2020-12 over Holyfields' files."""

from .catalog import Catalog, Contract, default_catalog
from .verdict import Verdict, Violation

__all__ = ["Catalog", "Contract", "Verdict", "Violation", "default_catalog"]
