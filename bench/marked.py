"""Pages whose tables stand between two marks, so that a command can print them again and leave the prose alone."""

from pathlib import Path


def put(page: Path, opens: str, closes: str, text: str) -> None:
    """`text` in place of what stands between the marks of a page.

    Raises:
        SystemExit: for a page without these marks; nothing is written then.
    """
    before, found, rest = page.read_text(encoding="utf-8").partition(opens)
    _, closed, after = rest.partition(closes)
    if not found or not closed:
        raise SystemExit(f"{page} has no {opens} ... {closes}")
    page.write_text(f"{before}{opens}\n\n{text}\n\n{closes}{after}", encoding="utf-8")
    print(f"wrote {page}")
