"""Every example of every contract into its table and back, in a schema of its own on PostgreSQL."""

import json
import sys
import uuid
from pathlib import Path

import holyfields_tables as tables
from sqlalchemy import create_engine, select, text
from sqlalchemy.orm import Session

folder, url = Path(sys.argv[1]), sys.argv[2].replace("postgres://", "postgresql://")
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
    for (event_type, version), table in tables.TABLES.items():
        domain, _, rest = event_type.partition(".")
        examples = json.loads((folder / domain / f"{rest}.{version}.schema.json").read_text("utf-8"))["examples"]
        with Session(engine) as session:
            session.add_all([table.from_event(example) for example in examples])
            session.commit()
        with Session(engine) as session:
            stored = {str(row.event_id): row.to_event() for row in session.scalars(select(table))}
        for example in examples:
            assert stored[example["event_id"]] == example, (stored[example["event_id"]], example)
            count += 1
    print(count, "events")
finally:
    if postgres:
        with engine.begin() as connection:
            connection.execute(text(f"drop schema {schema} cascade"))
    engine.dispose()
