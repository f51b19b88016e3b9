"""The forms of a review, in versions that never change once a cycle has used them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from reviews.domain.errors import Rejected


class FormName(StrEnum):
    """The four forms of a cycle."""

    SELF = "self"
    MANAGER = "manager"
    CHECK_IN = "check_in"
    PEER = "peer"


class FieldKind(StrEnum):
    """What goes into a field; RATING is a whole number from 1 to 5, LINES a list of short texts."""

    TEXT = "text"
    LINES = "lines"
    RATING = "rating"
    CHOICE = "choice"
    ROWS = "rows"
    LINKS = "links"


@dataclass(frozen=True, slots=True, kw_only=True)
class FormField:
    """One question; ``choices`` for a CHOICE, ``columns`` for ROWS, else empty."""

    name: str
    label: str
    kind: FieldKind
    required: bool = False
    choices: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One version of one form."""

    version: int
    fields: tuple[FormField, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateSet:
    """The forms that a cycle uses together, under one name."""

    version: str
    forms: Mapping[FormName, Form]

    def form_versions(self) -> tuple[tuple[str, int], ...]:
        """The version of each form."""
        return tuple((name.value, form.version) for name, form in self.forms.items())


_SELF = (
    FormField(name="overall", label="Overall self-rating", kind=FieldKind.RATING, required=True),
    FormField(
        name="okr_results",
        label="OKR results",
        kind=FieldKind.ROWS,
        columns=("key_result", "target", "actual", "grade"),
    ),
    FormField(name="accomplishments", label="Key accomplishments", kind=FieldKind.LINES, required=True),
    FormField(name="growth_areas", label="Areas for growth", kind=FieldKind.LINES, required=True),
    FormField(name="aspirations", label="Career aspirations", kind=FieldKind.LINES),
)
_MANAGER = (
    FormField(name="strengths", label="Strengths", kind=FieldKind.LINES, required=True),
    FormField(name="development_areas", label="Development areas", kind=FieldKind.LINES, required=True),
    FormField(name="proposed_rating", label="Recommended rating", kind=FieldKind.RATING, required=True),
    FormField(
        name="promotion_recommended",
        label="Promotion recommendation",
        kind=FieldKind.CHOICE,
        choices=("yes", "no"),
    ),
    FormField(name="promotion_target_level", label="Target level of the promotion", kind=FieldKind.TEXT),
    FormField(name="evidence_links", label="Evidence", kind=FieldKind.LINKS),
    FormField(
        name="discrepancy_evidence",
        label="Evidence where self-rating and recommended rating differ by two or more",
        kind=FieldKind.TEXT,
    ),
)
_CHECK_IN = (
    FormField(
        name="key_results",
        label="OKR progress",
        kind=FieldKind.ROWS,
        required=True,
        columns=("key_result", "status", "confidence", "note"),
    ),
    FormField(name="going_well", label="What's going well?", kind=FieldKind.TEXT),
    FormField(name="blocking", label="What's blocking progress?", kind=FieldKind.TEXT),
    FormField(name="to_adjust", label="Do any goals need to be adjusted?", kind=FieldKind.TEXT),
    FormField(name="support_needed", label="What support do you need?", kind=FieldKind.TEXT),
    FormField(name="manager_actions", label="Actions: manager", kind=FieldKind.LINES),
    FormField(name="employee_actions", label="Actions: employee", kind=FieldKind.LINES),
)
_PEER = (
    FormField(name="relationship", label="Relationship", kind=FieldKind.TEXT, required=True),
    FormField(name="does_well", label="What does this person do well?", kind=FieldKind.TEXT, required=True),
    FormField(name="to_improve", label="What could this person improve?", kind=FieldKind.TEXT, required=True),
    FormField(
        name="work_with_again",
        label="Would you want to work with this person again?",
        kind=FieldKind.CHOICE,
        required=True,
        choices=("yes", "mostly", "no"),
    ),
)
_V1 = TemplateSet(
    version="v1",
    forms=MappingProxyType(
        {
            FormName.SELF: Form(version=1, fields=_SELF),
            FormName.MANAGER: Form(version=1, fields=_MANAGER),
            FormName.CHECK_IN: Form(version=1, fields=_CHECK_IN),
            FormName.PEER: Form(version=1, fields=_PEER),
        }
    ),
)
TEMPLATES: Mapping[str, TemplateSet] = MappingProxyType({_V1.version: _V1})


def templates_of(version: str) -> TemplateSet:
    """The forms of that version.

    Raises:
        Rejected: there is no such version.
    """
    templates = TEMPLATES.get(version)
    if templates is None:
        raise Rejected(
            field="template_version",
            message="there is no such version of the forms",
            fix=f"use one of {', '.join(sorted(TEMPLATES))}",
            status="not_found",
        )
    return templates


def unanswered(templates: TemplateSet, form: FormName, *, answered: Collection[str]) -> tuple[str, ...]:
    """The required fields of a form that are missing among those that were answered, in the form's order."""
    return tuple(
        field.name for field in templates.forms[form].fields if field.required and field.name not in answered
    )
