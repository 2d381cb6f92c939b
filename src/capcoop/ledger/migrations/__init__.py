"""The steps from each form of the ledger's tables to the next; alembic runs them when a ledger is opened."""
