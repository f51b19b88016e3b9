"""Prints what became of an imported file."""

from people.inbound.answers import ImportResult
from plumbline.cli.answers import print_json, print_table
from plumbline.cli.spreadsheet import errors

_COUNTS = ("accepted", "changed", "unchanged", "departed", "rejected")


def show(result: ImportResult, *, title: str, sentence: str, as_json: bool) -> None:
    """Print the counts on standard output; notices and bad cells go to standard error."""
    if as_json:
        print_json(result.model_dump(mode="json"))
    else:
        counts = {name: getattr(result, name) for name in _COUNTS[:-1]} | {"rejected": len(result.rejected)}
        print_table(title, [counts], columns=_COUNTS, sentence=sentence)
        for row in result.rejected:
            errors.print(f"line {row.line}, column {row.column}: {row.value!r}. {row.fix}")
    if result.ignored_columns:
        errors.print(f"Ignored columns: {', '.join(result.ignored_columns)}")
    if result.missing_columns:
        errors.print(f"Columns that the file lacks, left as they were: {', '.join(result.missing_columns)}")


def sentence(result: ImportResult, *, strict: bool, dry_run: bool) -> str:
    """What the counts mean, and what to do when nothing was stored."""
    if result.stored:
        return f"Stored as of {result.as_of}: changes are published, unchanged rows are not."
    if dry_run and result.accepted:
        return "Nothing was stored: this was a dry run. Leave out --dry-run to store it."
    tried = "dry run" if dry_run else "import"
    if not result.rejected:
        return f"Nothing was stored: this {tried} found no row in the file. Export it again with its rows."
    bad = len(result.rejected)
    fix = f"Correct the listed rows ({bad} bad cell{'s' if bad > 1 else ''})"
    if strict:
        return (
            f"Nothing was stored: this was a strict {tried}, and a row is bad. {fix}, or leave out --strict to "
            "take the good ones."
        )
    return f"Nothing was stored: this {tried} found no good row. {fix} and import the file again."
