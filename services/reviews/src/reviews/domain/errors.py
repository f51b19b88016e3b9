"""What the reviews refuse, and how to put it right."""


class Rejected(Exception):
    """A command that a rule refuses: which field, why, and what would be accepted."""

    def __init__(self, *, field: str, message: str, fix: str) -> None:
        super().__init__(f"{field}: {message}; {fix}")
        self.field = field
        self.message = message
        self.fix = fix
