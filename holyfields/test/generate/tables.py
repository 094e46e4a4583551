"""Objects into their tables and back, in a schema of its own on PostgreSQL.

Reads cases, one JSON line each ({"table": ..., "text": ...}).
"""

import importlib
import json
import sys
import uuid

from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session


def same(a: object, b: object) -> bool:
    """Equal as JSON: a boolean is no number."""
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(a[name], b[name]) for name in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(same, a, b))
    return a == b and isinstance(a, bool) == isinstance(b, bool)


tables, url = importlib.import_module(sys.argv[1]), sys.argv[2].replace("postgres://", "postgresql://")
url = url.replace("postgresql://", "postgresql+psycopg://")
schema = f"holyfields_{uuid.uuid4().hex}"
postgres = url.startswith("postgresql")
engine = create_engine(url, connect_args={"options": f"-csearch_path={schema}"} if postgres else {})
if postgres:
    with engine.begin() as connection:
        connection.execute(text(f"create schema {schema}"))
try:
    tables.Base.metadata.create_all(engine)
    count = 0
    for line in sys.stdin:
        case = json.loads(line)
        value = json.loads(case["text"])
        with Session(engine) as session:
            row = getattr(tables, case["table"]).from_event(value)
            session.add(row)
            session.flush()
            session.refresh(row)
            back = row.to_event()
            session.rollback()
        assert same(back, value), (case["table"], back, value)
        count += 1
    print(count, "rows")
finally:
    if postgres:
        with engine.begin() as connection:
            connection.execute(text(f"drop schema {schema} cascade"))
    engine.dispose()
