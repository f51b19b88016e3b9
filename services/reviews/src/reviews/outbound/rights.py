"""What the api's role may do with each table, and how rows without a division of their own are held to one."""

from plumbline.runtime.rights import NOTHING, ApiRights

_PLANNED = "the cycle's plan, which is nobody's own"

RIGHTS = ApiRights(
    privileges={
        "acknowledgements": "SELECT, INSERT",
        # Its number comes back with what is inserted.
        "budget_changes": "SELECT, INSERT",
        "cycle_changes": "SELECT, INSERT",
        "cycle_divisions": "SELECT, INSERT",
        "cycles": "SELECT, INSERT, UPDATE",
        "evidence": "SELECT",
        "extensions": "SELECT, INSERT, UPDATE",
        "final_ratings": "SELECT",
        "frozen_policies": "SELECT, INSERT",
        "manager_assessments": "SELECT, INSERT, UPDATE",
        "participants": "SELECT, INSERT, UPDATE",
        "phases": "SELECT, INSERT, UPDATE",
        "planned_sessions": "SELECT, INSERT, UPDATE, DELETE",
        "policies": "SELECT, INSERT",
        "pools": "SELECT, INSERT, UPDATE",
        "rating_chunks": NOTHING,
        "self_assessments": "SELECT, INSERT, UPDATE",
    },
    open={
        "budget_changes": _PLANNED,
        "cycle_changes": _PLANNED,
        "cycle_divisions": _PLANNED,
        "cycles": _PLANNED,
        "frozen_policies": _PLANNED,
        "participants": "who takes part, and nothing of a review; a reader from elsewhere finds the division by it",
        "phases": _PLANNED,
        "planned_sessions": _PLANNED,
        "policies": "published",
        "pools": _PLANNED,
    },
)
