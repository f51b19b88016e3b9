"""Each package names what it imports, so that it does not live on what its dependencies happen to bring."""

import re
import sys
import tomllib
from collections.abc import Iterable
from importlib.metadata import packages_distributions
from pathlib import Path, PurePosixPath

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from boundaries import Module, imports

ROOT = Path(__file__).parents[2]
PACKAGES = [ROOT / "shared", ROOT / "deploy/local", *sorted(ROOT.glob("services/*"))]
# What is installed from this workspace is not known by its files.
_DISTRIBUTIONS = dict(packages_distributions()) | {
    source.name: [tomllib.loads((package / "pyproject.toml").read_text())["project"]["name"]]
    for package in PACKAGES
    for source in package.glob("src/*")
}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def declared(package: Path, extras: Iterable[str] | None = None) -> set[str]:
    """The distributions that a package names itself or through the extras of plumbline-shared that it asks for.

    Without ``extras`` those of all its own extras count too.
    """
    project = tomllib.loads((package / "pyproject.toml").read_text())["project"]
    optional: dict[str, list[str]] = project.get("optional-dependencies", {})
    wanted = optional if extras is None else extras
    named: set[str] = {normal(project["name"])}
    for requirement in [*project["dependencies"], *(each for extra in wanted for each in optional[extra])]:
        name, asked = re.match(r"([\w.-]+)(?:\[([\w, -]+)\])?", requirement).groups()  # pyright: ignore[reportOptionalMemberAccess]
        named.add(normal(name))
        if name == "plumbline-shared":
            named |= declared(ROOT / "shared", [extra.strip() for extra in (asked or "").split(",") if extra])
    return named


def undeclared(named: set[str], modules: Iterable[Module]) -> list[str]:
    """The imports whose distribution is not named, as ``path:line: module``."""
    return [
        f"{module.path}:{line}: {name}"
        for module in modules
        for line, name in imports(module)
        if (top := name.partition(".")[0]) not in sys.stdlib_module_names
        and not {normal(each) for each in _DISTRIBUTIONS.get(top, ())} & named
    ]


def modules_of(package: Path) -> list[Module]:
    return [
        Module(path=PurePosixPath(path.relative_to(ROOT)), text=path.read_text())
        for path in sorted(package.glob("src/**/*.py"))
    ]


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.name)
def test_a_package_names_every_library_that_it_imports(package: Path) -> None:
    assert modules_of(package) != []
    assert undeclared(declared(package), modules_of(package)) == []


def test_a_library_that_is_only_brought_along_is_found() -> None:
    text = (
        "import json\nimport sqlalchemy as sa\nimport greenlet\nfrom statsmodels import api\nimport nowhere\n"
    )
    module = Module(path=PurePosixPath("services/goals/src/goals/worker.py"), text=text)
    found = undeclared(declared(ROOT / "services/goals"), [module])
    assert [each.rpartition(" ")[2] for each in found] == ["greenlet", "statsmodels.api", "nowhere"]
