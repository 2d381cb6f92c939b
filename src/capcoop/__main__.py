"""`python -m capcoop` is the command line."""

from capcoop.cli import app

app(prog_name="capcoop")
