"""What each layer must not do, found in a module's syntax tree; every rule answers with the places that break it."""

import ast
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import PurePosixPath

MOST_LINES = 300
SERVICES = ("people", "goals", "feedback", "reviews", "calibration", "outcomes")
_EFFECTS = frozenset(
    [
        "asyncio",
        "io",
        "logging",
        "multiprocessing",
        "os",
        "pathlib",
        "random",
        "secrets",
        "shutil",
        "socket",
        "sqlite3",
        "subprocess",
        "sys",
        "tempfile",
        "threading",
        "time",
        "urllib",
    ]
)
_CLOCKS = frozenset(["now", "utcnow", "today", "fromtimestamp"])
_RANDOM = frozenset(["uuid1", "uuid4", "uuid7", "default_rng"])
_BUILT_IN = frozenset(["open", "print", "input", "eval", "exec"])
_NUMERIC = frozenset(["numpy", "scipy", "statsmodels"])
PURE = "plumbline.money"


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """A source file: its path from the workspace, for example ``services/goals/src/goals/domain/x.py``."""

    path: PurePosixPath
    text: str

    @property
    def tree(self) -> ast.Module:
        """Its syntax tree."""
        return _parse(self.text)

    @property
    def service(self) -> str | None:
        """The service that it belongs to, if any."""
        return self.path.parts[1] if self.path.parts[0] == "services" else None

    @property
    def layer(self) -> str:
        """inbound, usecases, domain or outbound; the file's own name above them."""
        return self.path.parts[4] if self.service else ""

    @property
    def package(self) -> str:
        """The folder inside its layer: ``rules``, ``statistics``; "" for none."""
        return self.path.parts[5] if self.service and len(self.path.parts) > 6 else ""


Rule = Callable[[Module], Iterator[str]]


@cache
def _parse(text: str) -> ast.Module:
    return ast.parse(text)


def imports(module: Module) -> Iterator[tuple[int, str]]:
    """Every name that a module imports, in full, with its line."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.lineno, f"{node.module or '.'}.{alias.name}") for alias in node.names)


def calls(module: Module, names: frozenset[str]) -> Iterator[tuple[ast.Call, str]]:
    """Every call of something whose last name is one of these, with the text of what is called."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call):
            last = getattr(node.func, "attr", None) or getattr(node.func, "id", None)
            if last in names:
                yield node, ast.unparse(node.func)


def domain_waits_for_nothing(module: Module) -> Iterator[str]:
    """The domain has no ``await`` and no coroutine."""
    if module.layer != "domain":
        return
    for node in ast.walk(module.tree):
        if isinstance(node, ast.AsyncFunctionDef | ast.Await | ast.AsyncFor | ast.AsyncWith):
            yield f"{node.lineno}: {type(node).__name__}"


def domain_has_no_clock_no_chance_and_no_effect(module: Module) -> Iterator[str]:
    """The domain reads no clock, draws no random number, touches no file; seeded generators are allowed."""
    if module.layer != "domain":
        return
    for line, name in imports(module):
        if name.partition(".")[0] in _EFFECTS or name.rpartition(".")[2] in _RANDOM:
            yield f"{line}: imports {name}"
    for node, called in calls(module, _CLOCKS | _RANDOM | _BUILT_IN):
        seeded = called.endswith("default_rng") and bool(node.args or node.keywords)
        if called in _BUILT_IN or ("." in called and not seeded):
            yield f"{node.lineno}: calls {called}"


def domain_knows_itself_and_the_standard_library(module: Module) -> Iterator[str]:
    """The domain imports its own service's domain, what money is and the standard library; statistics also numeric
    libraries."""
    if module.layer != "domain":
        return
    allowed = _NUMERIC if module.package == "statistics" else frozenset[str]()
    for line, name in imports(module):
        top = name.partition(".")[0]
        own = name.startswith((f"{module.service}.domain.", f"{PURE}."))
        if not own and top not in sys.stdlib_module_names and top not in allowed:
            yield f"{line}: imports {name}"


def domain_counts_exactly(module: Module) -> Iterator[str]:
    """No float stands in a rule; estimates of statistics and of manager analyses are floats by nature."""
    if module.layer != "domain" or module.package in ("statistics", "managers"):
        return
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, float):
            yield f"{node.lineno}: {node.value}"


def rules_are_explained(module: Module) -> Iterator[str]:
    """Every public function of rules has a docstring."""
    is_rules = module.path.name == "rules.py" or module.package == "rules"
    if module.layer != "domain" or not is_rules:
        return
    for node in module.tree.body:
        if isinstance(node, ast.FunctionDef) and node.name[0] != "_" and not ast.get_docstring(node):
            yield f"{node.lineno}: {node.name}"


def layers_point_inward(module: Module) -> Iterator[str]:
    """Use cases and outbound never import inbound, and outbound never imports a use case."""
    forbidden = {"usecases": ("inbound",), "outbound": ("inbound", "usecases")}.get(module.layer, ())
    for line, name in imports(module):
        if any(name.startswith(f"{module.service}.{layer}") for layer in forbidden):
            yield f"{line}: imports {name}"


def inbound_knows_no_tables(module: Module) -> Iterator[str]:
    """Inbound may hand a connection on; tables, statements and drivers are outbound's."""
    if module.layer != "inbound":
        return
    for line, name in imports(module):
        statements = name.startswith("sqlalchemy") and not name.startswith("sqlalchemy.ext.asyncio.")
        tables = name.startswith(f"{module.service}.outbound.tables")
        if statements or tables or name.partition(".")[0] in ("asyncpg", "aiokafka", "faststream"):
            yield f"{line}: imports {name}"


def only_the_opener_ends_a_transaction(module: Module) -> Iterator[str]:
    """Nobody commits or rolls back by hand; use cases and outbound work in the transaction that they are given."""
    given = module.layer in ("domain", "usecases", "outbound")
    ends = frozenset(["commit", "rollback", "begin", "connect"] if given else ["commit", "rollback"])
    for node, called in calls(module, ends):
        if "." in called:
            yield f"{node.lineno}: calls {called}"


def a_service_knows_no_other(module: Module) -> Iterator[str]:
    """A service imports plumbline and itself; shared code imports no service."""
    others = set(SERVICES) - {module.service}
    for line, name in imports(module):
        if name.partition(".")[0] in others | {"plumbline_local"} and module.path.parts[0] != "deploy":
            yield f"{line}: imports {name}"


def files_are_short(module: Module) -> Iterator[str]:
    """No file has more than 300 lines."""
    lines = len(module.text.splitlines())
    if lines > MOST_LINES:
        yield f"{lines} lines"


RULES: tuple[Rule, ...] = (
    domain_waits_for_nothing,
    domain_has_no_clock_no_chance_and_no_effect,
    domain_knows_itself_and_the_standard_library,
    domain_counts_exactly,
    rules_are_explained,
    layers_point_inward,
    inbound_knows_no_tables,
    only_the_opener_ends_a_transaction,
    a_service_knows_no_other,
    files_are_short,
)


def violations(rule: Rule, modules: Iterable[Module]) -> list[str]:
    """The places that break a rule, as ``path:line: what``."""
    return [f"{module.path}:{found}" for module in modules for found in rule(module)]
