"""Going on without somebody's pay: the rules, without any I/O."""

from dataclasses import replace

import pytest
from rated import POLICY, RATED, decide_alone

from outcomes.domain.decisions import decide_together
from outcomes.domain.errors import Rejected
from outcomes.domain.rules.without_pay import PersonInCycle, require_merit, require_no_pay

UNPAID = RATED._replace(person_id="una", without_pay=True)
WAITING = PersonInCycle(person_id="una", division="E", decided=False, paid=False, named=False)


def test_who_goes_on_without_pay_gets_everything_but_merit_and_is_told_why() -> None:
    others = decide_alone(UNPAID._replace(without_pay=False))
    decision = decide_alone(UNPAID)
    *rest, merit = decision.outcomes
    assert tuple(rest) == others.outcomes
    assert [each.component for each in rest] == ["assignment", "equity", "promotion_case"]
    assert (merit.component, merit.state, merit.result) == (
        "merit",
        "ineligible",
        {"reason": "no_pay_record"},
    )
    assert merit.inputs == {"rating": 4, "without_pay": True}
    assert decision.merit is None


def test_people_of_one_profile_with_and_without_pay_are_not_taken_for_each_other() -> None:
    paid = UNPAID._replace(person_id="pat", without_pay=False)
    together = decide_together([UNPAID, paid, UNPAID._replace(person_id="uma")], POLICY)
    assert [len(each.outcomes) for each in together] == [4, 3, 4]
    assert together[0].outcomes is together[2].outcomes


def test_somebody_who_waits_for_pay_may_be_named_before_and_after_the_rating() -> None:
    require_no_pay(WAITING, by="hr", field="people.0.person_id")
    require_merit(merit=True)


@pytest.mark.parametrize(
    ("changed", "by", "code", "status"),
    [
        ({"division": None}, "hr", "unknown_person", "invalid"),
        ({"decided": True}, "hr", "decided_already", "conflict"),
        ({"paid": True}, "hr", "pay_is_here", "conflict"),
        ({"named": True}, "hr", "named_already", "conflict"),
        ({}, "una", "own_entry", "forbidden"),
        ({"division": None, "decided": True}, "una", "own_entry", "forbidden"),
    ],
)
def test_a_refusal_names_the_field_and_the_fix(
    changed: dict[str, bool | None], by: str, code: str, status: str
) -> None:
    with pytest.raises(Rejected) as refused:
        require_no_pay(replace(WAITING, **changed), by=by, field="people.3.person_id")  # type: ignore[arg-type]
    found = refused.value
    assert (found.code, found.status, found.field) == (code, status, "people.3.person_id")
    assert found.reason
    assert found.fix


def test_a_cycle_without_merit_waits_for_nobodys_pay() -> None:
    with pytest.raises(Rejected) as refused:
        require_merit(merit=False)
    found = refused.value
    assert (found.code, found.status, found.field) == ("cycle_without_merit", "conflict", "cycle_id")
    assert found.fix
