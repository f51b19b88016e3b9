"""Every mutant of a source file: mutmut's operators, applied wherever a rule can stand, wording apart."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import libcst as cst
import libcst.matchers as m
from libcst.metadata import MetadataWrapper, PositionProvider
from mutmut.mutation.mutators import mutation_operators

# Never mutated, children included: what does not run as a rule.
NOT_RULES = (cst.Annotation, cst.Decorator, cst.Import, cst.ImportFrom)
# The arguments of these are their whole meaning: every mutation of them fails at the first call.
TRIVIAL_CALLS = m.Call(func=m.Name("len") | m.Name("isinstance"))
TYPES_ONLY = m.Call(func=m.Name("TypeVar") | m.Name("NewType") | m.Name("ParamSpec"))
GENERICS = ("tuple", "list", "dict", "set", "frozenset", "type", "Mapping", "Sequence", "Callable", "Literal")
UNION = m.BinaryOperation(operator=m.BitOr(), right=m.Name())
ALIAS = m.Subscript(value=m.OneOf(*map(m.Name, GENERICS)))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Mutant:
    """One change of one source file; ``function`` is the outermost function's qualified name, if inside one."""

    name: str
    path: Path
    function: str | None
    line: int
    operator: str
    before: str
    after: str
    tree: cst.Module
    original: cst.CSTNode
    mutated: cst.CSTNode | cst.RemovalSentinel

    def source(self) -> str:
        """The whole file with this one change."""
        changed = self.tree.deep_replace(self.original, self.mutated)  # pyright: ignore[reportArgumentType] -- any node
        return cst.ensure_type(changed, cst.Module).code


def mutants_of(path: Path, *, root: Path) -> list[Mutant]:
    """All mutants of the file at ``path``, in the order of the file."""
    wrapper = MetadataWrapper(cst.parse_module(path.read_text()))
    visitor = _Visitor(path, root)
    wrapper.visit(visitor)
    return visitor.found


class _Visitor(cst.CSTVisitor):
    METADATA_DEPENDENCIES = (PositionProvider,)

    def __init__(self, path: Path, root: Path) -> None:
        super().__init__()
        self.found: list[Mutant] = []
        self._path, self._root = path, root
        self._scopes: list[cst.ClassDef | cst.FunctionDef] = []
        self._parameters = 0
        self._wording = 0
        self._tree: cst.Module | None = None
        self._count: dict[str, int] = {}

    def on_visit(self, node: cst.CSTNode) -> bool:
        if isinstance(node, cst.Module):
            self._tree = node
        if isinstance(node, NOT_RULES) or _is_documentation(node) or m.matches(node, TYPES_ONLY):
            return False
        if not m.matches(node, TRIVIAL_CALLS) and not (self._wording and isinstance(node, cst.SimpleString)):
            self._mutate(node)
        if isinstance(node, cst.ClassDef | cst.FunctionDef):
            self._scopes.append(node)
        self._parameters += isinstance(node, cst.Parameters)
        self._wording += _is_wording(node)
        return True

    def on_leave(self, original_node: cst.CSTNode) -> None:
        if self._scopes and self._scopes[-1] is original_node:
            self._scopes.pop()
        visited = not (isinstance(original_node, NOT_RULES) or m.matches(original_node, TYPES_ONLY))
        if visited and not _is_documentation(original_node):
            self._parameters -= isinstance(original_node, cst.Parameters)
            self._wording -= _is_wording(original_node)

    def _mutate(self, node: cst.CSTNode) -> None:
        for kind, operator in mutation_operators:
            if isinstance(node, kind) and not (isinstance(node, cst.SimpleString) and _is_wording(node)):
                for mutated in operator(node):
                    if not _drops_wording(node, mutated):
                        self._note(node, mutated, operator.__name__.removeprefix("operator_"))

    def _note(self, node: cst.CSTNode, mutated: cst.CSTNode, operator: str) -> None:
        assert self._tree is not None
        position = self.get_metadata(PositionProvider, node, None)
        function = self._function()
        place = f"{self._path.relative_to(self._root)}:{function or '(module)'}"
        number = self._count[place] = self._count.get(place, 0) + 1
        self.found.append(
            Mutant(
                name=f"{place}#{number}",
                path=self._path,
                # A default is evaluated where the function is defined, so it is not part of the function.
                function=None if self._parameters else function,
                line=position.start.line if position else 0,
                operator=operator,
                before=_shown(self._tree, node),
                after=_shown(self._tree, mutated),
                tree=self._tree,
                original=node,
                mutated=mutated,
            )
        )

    def _function(self) -> str | None:
        names: list[str] = []
        for scope in self._scopes:
            names.append(scope.name.value)
            if isinstance(scope, cst.FunctionDef):
                return ".".join(names)
        return None


def _shown(tree: cst.Module, node: cst.CSTNode) -> str:
    return " ".join(tree.code_for_node(node).split())


def _is_documentation(node: cst.CSTNode) -> bool:
    """Docstrings, ``__all__`` and aliases of types."""
    return m.matches(
        node,
        m.Expr(value=m.SimpleString() | m.ConcatenatedString())
        | m.Assign(targets=[m.AssignTarget(target=m.Name("__all__"))])
        | m.Assign(value=ALIAS | UNION)
        | m.AnnAssign(annotation=m.Annotation(m.Name("TypeAlias"))),
    )


def _is_wording(node: cst.CSTNode) -> bool:
    """A literal with a space in its text: a sentence or a part of one, not a name, a key or a state."""
    return any(" " in text for text in _texts(node))


def _texts(node: cst.CSTNode) -> Iterator[str]:
    if isinstance(node, cst.SimpleString):
        yield node.raw_value
    elif isinstance(node, cst.FormattedString):
        for part in node.parts:
            if isinstance(part, cst.FormattedStringText):
                yield part.value
    elif isinstance(node, cst.ConcatenatedString):
        yield from _texts(node.left)
        yield from _texts(node.right)


def _drops_wording(node: cst.CSTNode, mutated: cst.CSTNode) -> bool:
    """Whether the mutant only takes a sentence away: from a call's arguments, or from an assignment."""
    if isinstance(node, cst.Call) and isinstance(mutated, cst.Call):
        kept = {id(argument.value) for argument in mutated.args}
        return any(_is_wording(each.value) and id(each.value) not in kept for each in node.args)
    if isinstance(node, cst.Assign | cst.AnnAssign):
        return node.value is not None and _is_wording(node.value)
    return False
