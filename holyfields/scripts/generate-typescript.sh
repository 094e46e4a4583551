#!/usr/bin/env bash
# Writes the Zod schemas and their types (generated/typescript).
set -eu
cd "$(dirname "$0")/.."
exec node scripts/generate.mjs zod
