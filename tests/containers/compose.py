"""Reads docker-compose.yml as Compose does, as far as the tests need it."""

import re
from pathlib import Path
from typing import Any, cast

import yaml

ROOT = Path(__file__).parents[2]
_VARIABLE = re.compile(r"\$\{(?P<name>[A-Z_]+):-(?P<default>[^}]*)\}")


def read_compose(path: Path = ROOT / "docker-compose.yml") -> dict[str, Any]:
    """The file with every variable at its default, as when nothing is set."""
    return cast("dict[str, Any]", _at_defaults(yaml.safe_load(path.read_text())))


def named_variables(path: Path = ROOT / "docker-compose.yml") -> set[str]:
    """The variables that the file takes from whoever starts it."""
    return {match["name"] for match in _VARIABLE.finditer(path.read_text())}


def _at_defaults(value: object) -> object:
    """Variables are replaced in texts after the YAML is read, so that an empty one is "" and not nothing."""
    if isinstance(value, str):
        return _VARIABLE.sub(lambda match: match["default"], value)
    if isinstance(value, dict):
        return {key: _at_defaults(each) for key, each in cast("dict[str, object]", value).items()}
    if isinstance(value, list):
        return [_at_defaults(each) for each in cast("list[object]", value)]
    return value
