"""What the api's role may do with each table, and how rows without a division of their own are held to one."""

from plumbline.runtime.rights import ApiRights

_VISIBLE = (
    "locked goals are visible to the organization; drafts are held to their readers by the access policy"
)

RIGHTS = ApiRights(
    privileges={
        "adjustments": "SELECT, INSERT, UPDATE",
        "check_ins": "SELECT, INSERT",
        "cycle_phases": "SELECT",
        "cycles": "SELECT",
        "grades": "SELECT, INSERT",
        "key_results": "SELECT, INSERT, UPDATE",
        "objective_changes": "SELECT, INSERT",
        "objectives": "SELECT, INSERT, UPDATE",
        "results": "SELECT, INSERT, UPDATE",
        "talks": "SELECT, INSERT",
    },
    open={
        "cycle_phases": "the calendar",
        "cycles": "the calendar",
        "key_results": _VISIBLE,
        "objective_changes": _VISIBLE,
        "objectives": _VISIBLE,
    },
)
