"""`penchant models`: what turns text into vectors, and what writes text."""

import typer

from penchant.cli.models import compare, doctor, getting, listing

app = typer.Typer(name="models", help="Encoders and language models: what there is, and how it runs.", rich_markup_mode=None)
app.command("list")(listing.list_)
app.command("get")(getting.get)
app.command("doctor")(doctor.doctor)
app.command("compare")(compare.compare)
