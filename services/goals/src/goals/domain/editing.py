"""What an adjustment leaves of a key result."""

from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

from goals.domain.errors import Rejected
from goals.domain.goal import Cycle, KeyResult
from goals.domain.rules.adjustment import AdjustmentKind
from goals.domain.rules.calendar import due_date_of_week


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """What an adjustment changes; None stays as it is. ``due_week`` counts from the cycle's first day."""

    title: str | None = None
    target: Fraction | None = None
    strict: bool | None = None
    artefact: str | None = None
    due_on: date | None = None
    due_week: int | None = None


def edited(key_result: KeyResult, edit: Edit, *, cycle: Cycle, may_be_same: bool = False) -> KeyResult:
    """The key result as it shall be.

    Raises:
        Rejected: it is as it was.
    """
    draft = key_result.draft
    due_on = edit.due_on
    if edit.due_week is not None:
        due_on = due_date_of_week(quarter_starts_on=cycle.starts_on, week=edit.due_week)
    after = replace(
        key_result,
        title=edit.title or key_result.title,
        draft=replace(
            draft,
            target=draft.target if edit.target is None else edit.target,
            strict=draft.strict if edit.strict is None else edit.strict,
            artefact=draft.artefact if edit.artefact is None else edit.artefact,
            due_on=due_on or draft.due_on,
        ),
    )
    if after == key_result and not may_be_same:
        raise Rejected(field="target", message="nothing would change", fix="give a new scope or due date")
    return after


def kind_of_change(before: KeyResult, after: KeyResult) -> AdjustmentKind:
    """A change of the due date alone is one of the timeline, any other one of the scope."""
    on_time = replace(after, draft=replace(after.draft, due_on=before.draft.due_on))
    return AdjustmentKind.TIMELINE if on_time == before else AdjustmentKind.SCOPE
