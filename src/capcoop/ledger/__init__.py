"""Agreements and projects: a database with an append-only history, import and export, and the report card."""
