"""Which resource of the access policy an outcome is, and in which state of its life."""

from plumbline.runtime.access import Resource, State

RESOURCES = {
    "merit": Resource.AWARD,
    "equity": Resource.AWARD,
    "promotion_case": Resource.PROMOTION_CASE,
    "assignment": Resource.DEVELOPMENT_PLAN,
    "development_plan": Resource.DEVELOPMENT_PLAN,
    "pip": Resource.PIP,
}
_BY_RELEASE = frozenset({Resource.AWARD, Resource.PROMOTION_CASE})
_DRAFTS = frozenset({"draft", "proposed", "refused"})
_ENDED = frozenset({"improved", "no_improvement", "passed", "failed", "withdrawn"})


def state_of(resource: Resource, outcome_state: str, *, released: bool, started: bool = True) -> State:
    """The access state of an outcome: by the release for pay and promotion, by its own life for plans.

    What was withdrawn before it ``started`` stays a draft: the employee never hears of it.
    """
    if resource in _BY_RELEASE:
        return State.AFTER_RELEASE if released else State.BEFORE_RELEASE
    if not released or outcome_state in _DRAFTS:
        return State.DRAFT
    if outcome_state in _ENDED:
        return State.CLOSED if started else State.DRAFT
    return State.OPEN
