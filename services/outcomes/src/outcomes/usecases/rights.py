"""Which resource of the access policy an outcome is, and in which state of its life."""

from collections.abc import Collection, Iterable

from plumbline.runtime.access import Action, Relation, Resource, State, may, who_may

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


def readers_of(components: Iterable[str], *, released: bool) -> frozenset[Relation]:
    """The relations of which each may read outcomes of these components in some state that they can be in now."""
    resources = {RESOURCES[component] for component in components}
    return frozenset[Relation]().union(
        *(
            who_may(
                action=Action.READ, resource=resource, states=_possible_states(resource, released=released)
            )
            for resource in resources
        )
    )


def _possible_states(resource: Resource, *, released: bool) -> frozenset[State]:
    if resource in _BY_RELEASE:
        return frozenset({State.AFTER_RELEASE if released else State.BEFORE_RELEASE})
    return frozenset({State.DRAFT, State.OPEN, State.CLOSED} if released else {State.DRAFT})


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


def reads_final_rating(held: Collection[Relation], *, released: bool) -> bool:
    """Whether somebody who stands so to a person may read the person's final rating by now."""
    state = State.AFTER_RELEASE if released else State.BEFORE_RELEASE
    return may(held, action=Action.READ, resource=Resource.FINAL_RATING, state=state)
