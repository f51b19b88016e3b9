"""How an author of an anonymous answer is hidden, and a round's order kept unguessable."""

import hmac
from hashlib import sha256


def seal_respondent(secret: bytes, *, subject: str, respondent: str) -> str:
    """A pseudonym: the same for one respondent in every round about ``subject``, another about anybody else.

    Nobody without the secret can compute it from a list of people. It is the same across rounds because the rule
    against differencing needs to know that two rounds share a respondent.
    """
    return _digest(secret, "respondent", subject, respondent)


def seed_of(secret: bytes, *, round_id: str) -> str:
    """The round's secret seed, which orders its verbatims."""
    return _digest(secret, "order", round_id)


def _digest(secret: bytes, *parts: str) -> str:
    return hmac.new(secret, "\0".join(parts).encode(), sha256).hexdigest()
