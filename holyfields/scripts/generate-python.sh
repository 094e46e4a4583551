#!/usr/bin/env bash
# Writes the Pydantic models (generated/python) and the SQLAlchemy tables (generated/sqlalchemy).
set -eu
cd "$(dirname "$0")/.."
exec node scripts/generate.mjs pydantic sqlalchemy
