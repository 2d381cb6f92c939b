"""Documents attached to records, and the indices from which the report card is read."""

import sqlalchemy as sa
from alembic import op

from capcoop.ledger.migrations.versions.history import forbid, text

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

CARD = ("host", "kind", "sector", "channel", "financing", "status", "first_status", "currency", "partner", "visit", "date", "amount")
MOVED = ("status_on", "record", "kind", "status", "first_status", "host", "partner", "visit", "date")


def upgrade() -> None:
    """Make the table of documents and the indices."""
    op.create_table(
        "papers",
        sa.Column("key", sa.Text, primary_key=True),
        *text("record"),
        sa.Column("version", sa.Integer, nullable=False),
        *text("name", "digest"),
        sa.Column("size", sa.BigInteger, nullable=False),
        *text("place"),
        sa.Column("stored", sa.Boolean, nullable=False),
        *text("source"),
    )
    op.create_index("papers_record", "papers", ["record"])
    forbid("papers")
    op.create_index("agreements_card", "agreements", list(CARD))
    op.create_index("agreements_kind", "agreements", ["kind", "host", "date"])
    op.create_index("agreements_moved", "agreements", list(MOVED))
    op.create_index("agreements_visit", "agreements", ["visit"])
