"""The layers keep what CONTRIBUTING.md promises, and each rule finds a module that breaks it."""

import sys
from pathlib import Path, PurePosixPath

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from boundaries import PURE, RULES, SERVICES, Module, Rule, imports, violations

from plumbline.runtime.service import installed

ROOT = Path(__file__).parents[2]
SOURCES = [
    Module(path=PurePosixPath(path.relative_to(ROOT)), text=path.read_text())
    for pattern in ("services/*/src/**/*.py", "shared/src/**/*.py", "deploy/local/src/**/*.py")
    for path in sorted(ROOT.glob(pattern))
]

# For each rule modules that break it: where they would stand, and what they would say.
BROKEN = {
    "domain_waits_for_nothing": [
        ("domain/rules.py", "async def decide() -> None: ...\n"),
        ("domain/decisions.py", "async def a(b): await b\n"),
    ],
    "domain_has_no_clock_no_chance_and_no_effect": [
        ("domain/rules.py", "from datetime import datetime\nx = datetime.now()\n"),
        ("domain/rules.py", "import datetime\nx = datetime.date.today()\n"),
        ("domain/rules.py", "from uuid import uuid4\n"),
        ("domain/rules.py", "import uuid\nx = uuid.uuid4()\n"),
        ("domain/rules.py", "import random\n"),
        ("domain/rules.py", "from os import environ\n"),
        ("domain/rules.py", "x = open('file')\n"),
        ("domain/statistics/draws.py", "import numpy as np\nx = np.random.default_rng()\n"),
    ],
    "domain_knows_itself_and_the_standard_library": [
        ("domain/rules.py", "import scipy\n"),
        ("domain/rules.py", "from goals.outbound.tables import goal\n"),
        ("domain/rules.py", "from plumbline.runtime.outbox import announce\n"),
        ("domain/rules.py", "from plumbline.moneybags import spend\n"),
        ("domain/statistics/fit.py", "import pandas\n"),
    ],
    "domain_counts_exactly": [
        ("domain/rules.py", "LIMIT = 0.8\n"),
        ("domain/rules/grading.py", "x = -1.0\n"),
    ],
    "rules_are_explained": [
        ("domain/rules.py", "def is_late(days: int) -> bool:\n    return days > 0\n"),
        ("domain/rules/lateness.py", "def is_late(days: int) -> bool:\n    return days > 0\n"),
    ],
    "layers_point_inward": [
        ("usecases/grade.py", "from goals.inbound.http import router\n"),
        ("outbound/goals.py", "from goals.usecases.grade import grade\n"),
        ("outbound/goals.py", "import goals.inbound.bodies\n"),
    ],
    "inbound_knows_no_tables": [
        ("inbound/http.py", "import sqlalchemy as sa\n"),
        ("inbound/http.py", "from sqlalchemy import select\n"),
        ("inbound/http.py", "from goals.outbound.tables import goal\n"),
        ("inbound/http.py", "from goals.outbound import tables\n"),
        ("inbound/kafka.py", "import asyncpg\n"),
    ],
    "only_the_opener_ends_a_transaction": [
        ("usecases/grade.py", "async def grade(tx):\n    await tx.commit()\n"),
        ("inbound/http.py", "async def grade(tx):\n    await tx.rollback()\n"),
        ("outbound/goals.py", "async def save(engine):\n    async with engine.begin() as tx: ...\n"),
    ],
    "a_service_knows_no_other": [
        ("usecases/grade.py", "from outcomes.domain.rules.money import decimal_text\n"),
        ("worker.py", "import plumbline_local.stack\n"),
    ],
    "files_are_short": [("usecases/grade.py", "x = 1\n" * 301)],
}
# What a strict reader might take for a breach, and is none.
SOUND = [
    ("domain/statistics/draws.py", "import numpy as np\nHALF = 0.5\nx = np.random.default_rng(7)\n"),
    ("domain/rules.py", "from datetime import datetime, time\nSTART = time(9)\n"),
    ("domain/rules.py", "from uuid import UUID, uuid5\nfrom goals.domain.errors import Rejected\n"),
    ("domain/decisions.py", "def decide(now):\n    return now\n"),
    ("domain/rules.py", "from plumbline.money import EXPONENTS\n"),
    ("domain/rules.py", "def _helper():\n    return 1\n"),
    ("inbound/kafka.py", "from sqlalchemy.ext.asyncio import AsyncConnection\n"),
    ("inbound/http.py", "from goals.usecases.grade import grade\nfrom goals.outbound import arrivals\n"),
    ("usecases/grade.py", "async def grade(tx):\n    await tx.execute('SELECT 1')\n"),
    ("usecases/grade.py", "x = 1\n" * 300),
]


def in_goals(place: str, text: str) -> Module:
    return Module(path=PurePosixPath("services/goals/src/goals") / place, text=text)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_no_module_breaks_a_rule(rule: Rule) -> None:
    assert violations(rule, SOURCES) == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_a_rule_finds_every_module_that_breaks_it(rule: Rule) -> None:
    for place, text in BROKEN[rule.__name__]:
        assert list(rule(in_goals(place, text))) != [], f"{place}: {text}"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_a_rule_leaves_sound_modules_alone(rule: Rule) -> None:
    for place, text in SOUND:
        assert list(rule(in_goals(place, text))) == [], f"{place}: {text}"


def test_what_every_domain_may_import_knows_the_standard_library_alone() -> None:
    path = PurePosixPath("shared/src") / f"{PURE.replace('.', '/')}.py"
    (money,) = [module for module in SOURCES if module.path == path]
    imported = [name.partition(".")[0] for _, name in imports(money)]
    assert imported
    assert set(imported) <= sys.stdlib_module_names


def test_shared_code_that_imports_a_service_is_found() -> None:
    module = Module(path=PurePosixPath("shared/src/plumbline/cli/main.py"), text="import goals\n")
    rule = next(each for each in RULES if each.__name__ == "a_service_knows_no_other")
    assert list(rule(module)) == ["1: imports goals"]


def test_every_service_and_every_layer_is_looked_at() -> None:
    assert {service.name for service in installed()} == set(SERVICES)
    for service in SERVICES:
        layers = {module.layer for module in SOURCES if module.service == service}
        assert {"inbound", "usecases", "domain", "outbound"} <= layers, service
