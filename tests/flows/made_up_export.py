"""Makes up a company's export and policy: several divisions and currencies, with what real exports lack."""

import argparse
import csv
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

COLUMNS: tuple[str, ...] = (
    "employee_id",
    "name",
    "email",
    "manager_id",
    "division",
    "department",
    "team",
    "level",
    "location",
    "hire_date",
    "gender",
    "salary",
    "currency",
    "fte",
    "roles",
    "status",
)
# Division → its share of all people in percent, and the places where it has people.
DIVISIONS = {
    "Engineering": (45, ("New York", "Berlin", "London")),
    "Sales": (30, ("New York", "London")),
    "Operations": (25, ("Berlin", "London")),
}
CURRENCIES = {"New York": "USD", "Berlin": "EUR", "London": "GBP"}
FACTOR = {"USD": 1.0, "EUR": 0.8, "GBP": 0.7}
TEAM = 8
# One in so many leaves: bad rows, people on leave, people who left, no gender told.
BAD, ON_LEAVE, LEFT, UNTOLD = 150, 40, 60, 15
MIDDLE = {f"L{level}": 70_000 * 1.22**level for level in range(1, 8)}
NEWEST, OLDEST = date(2026, 9, 1), date(2010, 1, 4)

Row = dict[str, str]


@dataclass(slots=True, kw_only=True)
class Company:
    """A company of so many rows; ``unpaid`` of its people who are rated have no salary in the file.

    In the division and currency ``lean`` everybody is paid in the lowest quarter of the salary range, where the merit
    matrix gives most.
    """

    people: int
    seed: int = 1
    unpaid: int = 0
    lean: tuple[str, str] | None = None
    rows: list[Row] = field(init=False, default_factory=list[Row])
    chance: random.Random = field(init=False)

    def __post_init__(self) -> None:
        """Hire everybody."""
        self.chance = random.Random(self.seed)
        top = self._hire("", "Executive", "Executive", "Executive", "L7", "New York")
        left = self.people - 1
        for name, (share, places) in DIVISIONS.items():
            count = left if name == list(DIVISIONS)[-1] else (self.people - 1) * share // 100
            left -= count
            self._fill_division(top, name, count, places)
        self._leave_out()

    def _fill_division(self, top: str, division: str, count: int, places: tuple[str, ...]) -> None:
        head = self._hire(top, division, "Office", f"{division} leads", "L6", places[0])
        for department, size in self._departments(count - 1):
            name = f"{division} {department}"
            lead = self._hire(head, division, name, f"{name} leads", "L5", self.chance.choice(places))
            for number, team in enumerate(self._teams(size - 1)):
                place = self.chance.choice(places)
                above = self._hire(lead, division, name, f"{name} {number}", "L4", place)
                for _ in range(team - 1):
                    level = f"L{self.chance.randint(1, 4)}"
                    self._hire(above, division, name, f"{name} {number}", level, place)

    def _departments(self, count: int) -> Iterator[tuple[str, int]]:
        """Departments of between 12 and 120 people, which together are so many."""
        number = 0
        while count > 0:
            size = min(count, self.chance.choice((12, 20, 35, 60, 120)))
            size = count if count - size < 12 else size
            yield f"D{number:02}", size
            number, count = number + 1, count - size

    @staticmethod
    def _teams(count: int) -> list[int]:
        """Team sizes, each with its manager, as even as they come."""
        teams = max(1, round(count / TEAM))
        return [count // teams + (place < count % teams) for place in range(teams)]

    def _hire(
        self, manager: str, division: str, department: str, team: str, level: str, location: str
    ) -> str:
        key = f"C{len(self.rows):05}"
        currency = CURRENCIES[location]
        place = self.chance.uniform(0.82, 1.18)
        if self.lean == (division, currency):
            place = 0.82 + (place - 0.82) / 6
        salary = MIDDLE[level] * FACTOR[currency] * place
        hired = OLDEST + timedelta(days=self.chance.randrange((NEWEST - OLDEST).days))
        self.rows.append(
            {
                "employee_id": key,
                "name": f"Person {key}",
                "email": f"{key.lower()}@example.com",
                "manager_id": manager,
                "division": division,
                "department": department,
                "team": team,
                "level": level,
                "location": location,
                "hire_date": str(hired),
                "gender": self.chance.choice(("female", "male", "male", "female", "non-binary"))
                if not self._one_in(UNTOLD)
                else "",
                "salary": str(round(salary, -2)).removesuffix(".0"),
                "currency": currency,
                "fte": self.chance.choice(("1", "1", "1", "1", "0.8")),
                "roles": "",
                "status": "active",
            }
        )
        return key

    def _one_in(self, number: int) -> bool:
        return self.chance.randrange(number) == 0

    def _leave_out(self) -> None:
        """Of those who lead nobody: a few bad rows, people on leave, leavers, and people without salary."""
        leads = {row["manager_id"] for row in self.rows}
        leaves = [row for row in self.rows if row["employee_id"] not in leads]
        self.chance.shuffle(leaves)
        for change, one_in in (({"hire_date": "soon"}, BAD), ({"status": "on_leave"}, ON_LEAVE)):
            for row in [leaves.pop() for _ in range(len(self.rows) // one_in)]:
                row.update(change)
        for row in [leaves.pop() for _ in range(len(self.rows) // LEFT)]:
            row.update({"status": "terminated"})
        for row in [leaves.pop() for _ in range(self.unpaid)]:
            row.update({"salary": "", "currency": ""})

    @property
    def rated(self) -> list[Row]:
        """The rows of those whom a cycle rates: good, active, with a manager."""
        return [
            row
            for row in self.rows
            if row["status"] == "active" and row["manager_id"] and row["hire_date"] != "soon"
        ]

    def write(self, folder: Path) -> tuple[Path, Path]:
        """The export and the policy."""
        people, policy = folder / f"people{self.people}.csv", folder / "policy.toml"
        with people.open("w", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS)
            writer.writeheader()
            writer.writerows(self.rows)
        policy.write_text(POLICY + "\n".join(_range(level, currency) for level, currency in _ranges()))
        return people, policy


def _ranges() -> Iterator[tuple[str, str]]:
    return ((level, currency) for level in MIDDLE for currency in FACTOR)


def _range(level: str, currency: str) -> str:
    middle = MIDDLE[level] * FACTOR[currency]
    amounts: dict[str, Any] = {"minimum": round(middle * 0.8, -2), "maximum": round(middle * 1.2, -2)}
    bounds = "\n".join(f'{name} = "{amount:.0f}"' for name, amount in amounts.items())
    return f'[[ranges]]\nlevel = "{level}"\nlocation = "*"\ncurrency = "{currency}"\n{bounds}\n'


POLICY = """version = "2026.1"

[merit]
hire_cut_off = "09-30"
matrix = { 5 = ["10", "9", "8", "7"], 4 = ["9", "8", "7", "5"], 3 = ["5", "4.5", "4", "3"], 2 = ["2", "1.5", "1", "0"], 1 = ["0", "0", "0", "0"] }
floors = { 5 = "5", 4 = "5", 3 = "3", 2 = "0", 1 = "0" }

[guideline]
5 = ["5", "10"]
4 = ["20", "30"]
3 = ["50", "60"]
2 = ["10", "15"]
1 = ["0", "5"]

"""


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--people", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--unpaid", type=int, default=0, help="rated people without salary")
    asked = parser.parse_args()
    Company(people=asked.people, seed=asked.seed, unpaid=asked.unpaid).write(asked.folder)
