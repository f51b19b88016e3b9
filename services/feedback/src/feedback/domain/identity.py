"""The ids of what there is once: a round per person and cycle, a survey per subject and cycle."""

from uuid import UUID, uuid5


def round_id_of(cycle_id: UUID, person_id: str) -> UUID:
    """The 360 round of a person in a cycle."""
    return uuid5(cycle_id, f"round/{person_id}")


def survey_id_of(cycle_id: UUID, subject: str) -> UUID:
    """A survey of a cycle."""
    return uuid5(cycle_id, f"survey/{subject}")
