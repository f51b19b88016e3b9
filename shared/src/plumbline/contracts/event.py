"""What every published event has in common."""

from decimal import Decimal
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, PlainSerializer, StringConstraints

from plumbline.contracts.topics import Topic

Rating = Literal["1", "2", "3", "4", "5"]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
# Money and exact numbers travel as plain decimal text, never as a JSON number.
DecimalText = Annotated[
    Decimal, PlainSerializer(lambda value: format(value, "f"), return_type=str, when_used="json")
]


class Contract(BaseModel):
    """A part of an event: frozen, ignoring what it does not know, never printing what it was given."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class Event(Contract):
    """A published event; ``KEY`` names the field that identifies its aggregate and is the record's key."""

    TOPIC: ClassVar[Topic]
    TYPE: ClassVar[str]
    KEY: ClassVar[str]

    @property
    def aggregate(self) -> str:
        """The aggregate that this event is about: the record's key."""
        return str(getattr(self, self.KEY))
