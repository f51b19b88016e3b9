"""Read a policy file and say, for each field that cannot be used, what stands there and what is allowed."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NoReturn

from pydantic import ValidationError

from outcomes.inbound.policy_file import PolicyFile
from plumbline.cli.spreadsheet import BAD_INPUT, errors, read_text

SCHEMA_ID = "https://plumbline.example/schemas/policy-file.v1.schema.json"
ALLOWED = {
    "missing": "a value; it is missing",
    "extra_forbidden": "no key of this name stands in this table",
    "model_type": "a table",
    "dict_type": "a table",
    "tuple_type": "a list",
    "string_type": "text in quotes",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class BadField:
    """A field that cannot be used: its place in the file, what stands there, what is allowed."""

    field: str
    value: str
    allowed: str


class BadPolicyError(Exception):
    """The file cannot be used; ``fields`` lists every reason."""

    def __init__(self, fields: Sequence[BadField]) -> None:
        super().__init__(f"{len(fields)} fields cannot be used")
        self.fields = tuple(fields)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadPolicy:
    """A checked policy file, and the names of the tables that are other services' to read."""

    file: PolicyFile
    ignored: tuple[str, ...]


def parse_policy(text: str) -> ReadPolicy:
    """Check the text of a policy file.

    Raises:
        BadPolicyError: it is not TOML, or fields cannot be used; it lists all of them.
    """
    try:
        document: Mapping[str, object] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadPolicyError([BadField(field="(file)", value="", allowed=f"TOML: {error}")]) from None
    try:
        file = PolicyFile.model_validate(document)
    except ValidationError as error:
        raise BadPolicyError(explain(error)) from None
    return ReadPolicy(file=file, ignored=tuple(sorted(document.keys() - PolicyFile.model_fields.keys())))


def explain(error: ValidationError) -> list[BadField]:
    """Every field that a check refused."""
    return [
        BadField(
            field=place(problem["loc"]),
            value="" if problem["type"] == "missing" else str(problem["input"]),
            allowed=ALLOWED.get(problem["type"], problem["msg"].removeprefix("Value error, ")),
        )
        for problem in error.errors(include_url=False)
    ]


def place(location: Sequence[str | int]) -> str:
    """A field's place as people count: ``merit.matrix.4 entry 2``, lists from 1."""
    text = ""
    for part in location:
        text += f" entry {part + 1}" if isinstance(part, int) else f".{part}" if text else part
    return text


def load_policy(source: str) -> ReadPolicy:
    """``parse_policy`` for a command: explains on standard error and leaves with status 2 when refused."""
    try:
        policy = parse_policy(read_text(source))
    except BadPolicyError as error:
        refuse_policy(error.fields)
    except OSError as error:
        errors.print(f"{source}: {error.strerror or error}")
        raise SystemExit(BAD_INPUT) from None
    if policy.ignored:
        errors.print(f"Ignored tables: {', '.join(policy.ignored)}")
    return policy


def refuse_policy(fields: Sequence[BadField]) -> NoReturn:
    """Print every bad field on standard error and leave with exit status 2."""
    for each in fields:
        stands = f"{each.value!r} cannot be used; " if each.value else ""
        errors.print(f"{each.field}: {stands}allowed: {each.allowed}")
    raise SystemExit(BAD_INPUT)


def policy_schema() -> dict[str, object]:
    """The JSON Schema of the policy file, as it is published under ``shared/schemas``."""
    schema = PolicyFile.model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": SCHEMA_ID, **schema}
