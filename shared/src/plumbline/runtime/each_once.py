"""A list of a request in which nothing is named twice, so that no entry is lost to a later one."""

from collections.abc import Sequence
from typing import TypeVar

from pydantic import AfterValidator, ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

S = TypeVar("S", bound=Sequence[object])
REPEATED = "repeated"


def each_once(*names: str) -> AfterValidator:
    """For ``Annotated[list[Item], each_once("person_id")]``: 422 with the place of each that was named before.

    ``names`` are the fields that together say which one an item is about; without them it is the item itself.
    """

    def refuse_repeats(sent: S) -> S:
        first: dict[object, int] = {}
        repeats: list[InitErrorDetails] = []
        for place, item in enumerate(sent):
            key = tuple(getattr(item, name) for name in names) if names else item
            before = first.setdefault(key, place)
            if before != place:
                said = PydanticCustomError(REPEATED, f"Number {before} of this list names the same.")  # pyright: ignore[reportArgumentType] - wants a literal, for its templates
                repeats.append(InitErrorDetails(type=said, loc=(place, *names[-1:]), input=None))
        if repeats:
            raise ValidationError.from_exception_data("list", repeats)
        return sent

    return AfterValidator(refuse_repeats)
