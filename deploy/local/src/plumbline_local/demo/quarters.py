"""The two quarters that are played, and the instants at which their acts happen."""

import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

OPENING_HOUR = time(9, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarter:
    """One cycle: its period, the first day after it on which its reviews begin, and whether merit is paid."""

    cycle_id: UUID
    name: str
    starts_on: date
    ends_on: date
    merit: bool

    def week(self, number: int) -> date:
        """The last day of a week: "week n" ends after 7n days."""
        return self.starts_on + timedelta(days=7 * number - 1)

    def at(self, day: date, *, minutes: int = 0) -> datetime:
        """An instant in the morning of a day (UTC)."""
        return datetime.combine(day, OPENING_HOUR) + timedelta(minutes=minutes)

    @property
    def goal_setting(self) -> datetime:
        """When goals are written."""
        return self.at(self.starts_on + timedelta(days=2))

    @property
    def mid_cycle(self) -> datetime:
        """When goals are checked."""
        return self.at(self.starts_on + timedelta(days=45))

    @property
    def review(self) -> datetime:
        """When assessments are written: the quarter's last days."""
        return self.at(self.ends_on - timedelta(days=9))

    @property
    def calibration(self) -> datetime:
        """When ratings are calibrated."""
        return self.at(self.ends_on + timedelta(days=3))

    @property
    def outcomes(self) -> datetime:
        """When awards are signed and results released."""
        return self.at(self.ends_on + timedelta(days=10))

    def phases(self) -> list[dict[str, Any]]:
        """The calendar of the cycle, as the reviews api takes it."""
        day = self.starts_on
        plan = [
            ("goal_setting", day, day + timedelta(days=27)),
            ("mid_cycle", day + timedelta(days=42), day + timedelta(days=55)),
            ("review", self.ends_on - timedelta(days=13), self.ends_on),
            ("calibration", self.ends_on + timedelta(days=1), self.ends_on + timedelta(days=7)),
            ("outcomes", self.ends_on + timedelta(days=8), self.ends_on + timedelta(days=21)),
        ]
        return [
            {"name": name, "opens_on": str(opens), "deadline_on": str(deadline)}
            for name, opens, deadline in plan
        ]


def plan_quarters(count: int, chance: random.Random) -> tuple[Quarter, ...]:
    """Q3 2026 without merit and Q4 2026 with it, or the last alone; ids follow from the chance."""
    ids = [UUID(int=chance.getrandbits(128), version=4) for _ in range(2)]
    both = (
        Quarter(
            cycle_id=ids[0],
            name="Q3 2026",
            starts_on=date(2026, 7, 1),
            ends_on=date(2026, 9, 30),
            merit=False,
        ),
        Quarter(
            cycle_id=ids[1],
            name="Q4 2026",
            starts_on=date(2026, 10, 1),
            ends_on=date(2026, 12, 31),
            merit=True,
        ),
    )
    return both[-count:]
