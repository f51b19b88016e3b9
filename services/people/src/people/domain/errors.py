"""Why a whole file is refused."""

from dataclasses import dataclass


@dataclass(slots=True, kw_only=True)
class Rejected(Exception):
    """A rule refuses the file: ``status`` is "invalid", "conflict" or "not_found"; ``fix`` says what to do.

    Not frozen, because Python writes the traceback into an exception that passes a context manager.
    """

    code: str
    message: str
    fix: str
    status: str = "invalid"

    def __str__(self) -> str:
        return self.code
