"""Which version of a form a cycle uses."""

from collections.abc import Mapping

from reviews.domain.errors import Rejected


def template_version_in_cycle(template_id: str, *, frozen: Mapping[str, int]) -> int:
    """The version with which the cycle opened, whatever was published since. Source: Reviews, "forms".

    Raises:
        Rejected: the cycle opened without this template.
    """
    if template_id not in frozen:
        raise Rejected(
            field="template_id",
            message=f"{template_id} is no form of this cycle",
            fix=f"use one of {', '.join(sorted(frozen)) or 'none'}",
        )
    return frozen[template_id]


def next_template_version(*, published: Mapping[str, int], template_id: str) -> int:
    """A published version never changes: an edit becomes the next number, from 1."""
    return published.get(template_id, 0) + 1
