"""What every list of people is checked for."""

from collections.abc import Collection, Mapping, Sequence

from feedback.domain.errors import Rejected
from plumbline.runtime.directory import WORKING, DirectoryPerson


def require_known(
    field: str, person_ids: Collection[str], people: Mapping[str, DirectoryPerson]
) -> list[DirectoryPerson]:
    """These people's records, in the given order.

    Raises:
        Rejected: one of them is not known here, or has left.
    """
    found = [people.get(each) for each in person_ids]
    known = [each for each in found if each is not None and each.status in WORKING]
    if len(known) != len(found):
        raise Rejected(
            field=field, message="somebody is not known, or has left", fix="name people who work here"
        )
    return known


def require_one_each(field: str, keys: Sequence[object]) -> None:
    """Nothing is named twice in one list.

    Raises:
        Rejected: something is.
    """
    if len(set(keys)) != len(keys):
        raise Rejected(field=field, message="one of them is named twice", fix="name each once")
