"""How columns and indexes are made in PostgreSQL so that they hold and sort what they do in SQLite.
Knows nothing about any table."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, BigInteger, Integer, String
from sqlalchemy.dialects.postgresql.base import PGDDLCompiler


class LargeInteger(BigInteger):
    """Numbers in statements, of 64 bits as those in columns."""

    render_bind_cast = True


class TablesDDL(PGDDLCompiler):
    """Whole numbers of 64 bits, and texts in the order of their characters' numbers, whatever the database's
    language is: programs sort and compare as Python does. Indexes hold JSON beside what they sort by, and are
    of the rows that SQLite's are of."""

    def get_column_specification(self, column: Any, **kw: Any) -> str:
        made = str(super().get_column_specification(column, **kw))  # type: ignore[no-untyped-call]
        kind = column.type.dialect_impl(self.dialect)
        if isinstance(kind, String) and "VARCHAR" in made:
            return made.replace("VARCHAR", 'VARCHAR COLLATE "C"', 1)
        if isinstance(kind, Integer):
            return made.replace(" INTEGER", " BIGINT", 1).replace(" SERIAL", " BIGSERIAL", 1)
        return made

    def visit_create_index(self, create: Any, *args: Any, **kw: Any) -> str:
        options = create.element.dialect_options
        options["postgresql"]["where"] = options["sqlite"]["where"]
        made = str(super().visit_create_index(create, *args, **kw))  # type: ignore[no-untyped-call]
        last = list(create.element.columns)[-1]
        if isinstance(last.type, JSON):
            return made.replace(f", {last.name})", f") INCLUDE ({last.name})", 1)
        return made
