"""What must stand in no log, no metric and no span: who people are, what they earn and what they wrote."""

import csv
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote_plus

from plumbline_local.demo import texts

PERSON_ID = re.compile(r"\bE\d{4}\b", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Personal:
    """The secrets of an organization and of the scenario that it plays."""

    secrets: frozenset[str]
    salaries: re.Pattern[str]

    @classmethod
    def of(cls, people_file: Path) -> "Personal":
        """The names, addresses and salaries of a file, and every sentence that somebody writes in the demo."""
        with people_file.open() as file:
            people = list(csv.DictReader(file))
        named = {row[column] for row in people for column in ("name", "email")}
        salaries = "|".join({row["salary"] for row in people})
        assert len(named) == 2 * len(people)
        return cls(
            secrets=frozenset(named | _written_by_people()),
            salaries=re.compile(rf"(?<![\d.-])({salaries})(\.\d\d)?(?![\d-])"),
        )

    def found_in(self, text: str) -> set[str]:
        """What of it stands in a text, as it is or as a part of an address."""
        plain = {text, unquote_plus(text)}
        secrets = {secret for secret in self.secrets for each in plain if secret in each}
        return secrets | {match[0] for each in plain for match in self.salaries.finditer(each)}


def _written_by_people() -> set[str]:
    found = [each for name in vars(texts) if name.isupper() for each in _strings_in(getattr(texts, name))]
    return {each for each in found if len(each.split()) >= 4}


def _strings_in(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for each in value.values() for text in _strings_in(each)]
    if isinstance(value, (tuple, list, set, frozenset)):
        return [text for each in value for text in _strings_in(each)]
    return []
