"""Events, readings, stages and agreements, and the rules by which the database itself refuses to change history."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
TEXTS = ("kind", "title", "host", "partner", "parties", "sector", "topic", "channel", "financing", "date", "visit", "part_of", "option")
STATE = ("status", "status_on", "first_status", "first_on")
REFUSED = "history is append-only: nothing in it is changed or deleted"
DERIVED = "a record changes only with the event that says so"


def text(*names: str) -> list[sa.Column[Any]]:
    """Return columns of text without blanks."""
    return [sa.Column(name, sa.Text, nullable=False) for name in names]


def upgrade() -> None:
    """Make the tables, then their triggers."""
    op.create_table(
        "events",
        sa.Column("sequence", NUMBER, primary_key=True, autoincrement=True),
        sa.Column("key", sa.Text, nullable=False, unique=True),
        sa.Column("record", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        *text("made_at", "made_by", "source", "body", "digest"),
        sa.UniqueConstraint("record", "version"),
    )
    for name, columns in facts().items():
        op.create_table(name, sa.Column("key", sa.Text, primary_key=True), *columns)
        op.create_index(f"{name}_record", name, ["record"])
    op.create_table(
        "agreements",
        sa.Column("record", sa.Text, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        *text(*TEXTS, *STATE),
        sa.Column("amount", sa.Float),
        *text("currency", "bound"),
        sa.Column("verified", sa.Boolean, nullable=False),
        sa.Column("chosen", sa.Boolean, nullable=False),
    )
    op.create_index("agreements_part", "agreements", ["part_of"])
    for table in ("events", "readings", "stages"):
        forbid(table)
    guard_agreements()


def marks() -> tuple[list[sa.Column[Any]], list[sa.Column[Any]]]:
    """Return the columns with which a fact begins and those with which it ends."""
    place = [sa.Column("version", sa.Integer, nullable=False), sa.Column("place", sa.Integer, nullable=False)]
    return [*text("record"), *place], [*text("source"), sa.Column("verified", sa.Boolean, nullable=False), *text("note")]


def facts() -> dict[str, list[sa.Column[Any]]]:
    """Return the columns of the tables of facts."""
    first, last = marks()
    amount = [sa.Column("amount", sa.Float, nullable=False), *text("unit", "bound"), sa.Column("headline", sa.Boolean, nullable=False)]
    money = [sa.Column("millions", sa.Float), sa.Column("currency", sa.Text)]
    readings = [*first, *text("quantity"), *amount, *money, *last]
    first, last = marks()
    return {"readings": readings, "stages": [*first, *text("status", "date"), *last]}


def forbid(table: str) -> None:
    """Let the database refuse changes and deletions, also those of a replacing insert."""
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END")
        same = (
            "key = NEW.key"
            if table != "events"
            else "key = NEW.key OR sequence = NEW.sequence OR (record, version) = (NEW.record, NEW.version)"
        )
        there = f"EXISTS (SELECT 1 FROM {table} WHERE {same})"  # noqa: S608  (no text of a user)
        op.execute(f"CREATE TRIGGER {table}_once BEFORE INSERT ON {table} WHEN {there} BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END")
        return
    op.execute(
        "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{REFUSED}' USING ERRCODE = 'restrict_violation'; END $$"
    )
    op.execute(f"CREATE TRIGGER {table}_kept BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change()")
    op.execute(f"CREATE TRIGGER {table}_whole BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()")


def guard_agreements() -> None:
    """Let the database refuse a state without its event, and the deletion of a record."""
    known = "EXISTS (SELECT 1 FROM events WHERE events.record = NEW.record AND events.version = NEW.version)"
    if op.get_bind().dialect.name == "sqlite":
        deny = f"BEGIN SELECT RAISE(ABORT, '{DERIVED}'); END"
        op.execute(f"CREATE TRIGGER agreements_no_delete BEFORE DELETE ON agreements {deny}")
        later = f"NEW.version <= OLD.version OR NEW.record <> OLD.record OR NOT {known}"
        op.execute(f"CREATE TRIGGER agreements_change BEFORE UPDATE ON agreements WHEN {later} {deny}")
        there = f"NOT {known} OR EXISTS (SELECT 1 FROM agreements WHERE record = NEW.record)"  # noqa: S608  (no text of a user)
        op.execute(f"CREATE TRIGGER agreements_new BEFORE INSERT ON agreements WHEN {there} {deny}")
        return
    op.execute(
        "CREATE OR REPLACE FUNCTION guard_agreement() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "IF TG_OP = 'UPDATE' AND NEW.version > OLD.version AND NEW.record = OLD.record "
        f"AND {known} THEN RETURN NEW; END IF; IF TG_OP = 'INSERT' AND {known} THEN RETURN NEW; END IF; "
        f"RAISE EXCEPTION '{DERIVED}' USING ERRCODE = 'restrict_violation'; END $$"
    )
    op.execute(
        "CREATE TRIGGER agreements_guard BEFORE INSERT OR UPDATE OR DELETE ON agreements FOR EACH ROW EXECUTE FUNCTION guard_agreement()"
    )
    op.execute("CREATE TRIGGER agreements_whole BEFORE TRUNCATE ON agreements FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()")
