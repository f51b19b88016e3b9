"""The approval chain, when finance has a step in it, and of what payroll hears: rules alone."""

from datetime import UTC, datetime

import pytest

from outcomes.domain.errors import Rejected
from outcomes.domain.rules.approval import (
    ApprovalStep,
    Approver,
    Signature,
    approval_chain,
    may_sign,
    next_approval,
)
from outcomes.domain.rules.budget import correction_over_budget
from outcomes.domain.rules.pay_changes import Pay, pay_changes

NOW = datetime(2026, 12, 20, 9, tzinfo=UTC)
MANAGER, SKIP_LEVEL, HR, FINANCE = ApprovalStep
Chain = tuple[Approver, ...]


def chain(
    *,
    employee: str = "jane",
    manager: str | None = "mia",
    skip_level: str | None = "sam",
    partners: tuple[str, ...] = ("hana",),
    finance: tuple[str, ...] = ("fin",),
    over_budget: bool = False,
) -> Chain:
    return approval_chain(
        employee=employee,
        manager=manager,
        skip_level=skip_level,
        hr_partners=partners,
        finance=finance,
        over_budget=over_budget,
    )


def step(of: ApprovalStep, *people: str, stands_in: bool = False) -> Approver:
    return Approver(step=of, people=frozenset(people), stands_in=stands_in)


def signed(step: ApprovalStep, person: str, revision: int = 1) -> Signature:
    return Signature(step=step, person=person, revision=revision, at=NOW)


def turn(steps: Chain, *signatures: Signature) -> Approver | None:
    return next_approval(steps, signatures, revision=1)


def test_approval_goes_from_manager_to_skip_level_to_hr_partner() -> None:
    assert chain() == (step(MANAGER, "mia"), step(SKIP_LEVEL, "sam"), step(HR, "hana"))


def test_finance_comes_last_and_only_over_budget() -> None:
    assert chain(over_budget=True) == (*chain(), step(FINANCE, "fin"))


def test_a_missing_or_own_step_goes_to_the_hr_partner() -> None:
    assert chain(skip_level=None)[1] == step(SKIP_LEVEL, "hana", stands_in=True)
    assert chain(manager=None)[0] == step(MANAGER, "hana", stands_in=True)
    assert chain(employee="sam")[1] == step(SKIP_LEVEL, "hana", stands_in=True)
    assert chain(employee="fin", over_budget=True)[3] == step(FINANCE, "hana", stands_in=True)
    assert chain(finance=(), over_budget=True)[3] == step(FINANCE, "hana", stands_in=True)


def test_any_hr_partner_signs_but_not_the_own_award() -> None:
    assert chain(partners=("hana", "zoe"))[2] == step(HR, "hana", "zoe")
    assert chain(employee="hana", partners=("hana", "zoe"))[2] == step(HR, "zoe")
    for partners, code in ((("hana",), "own_hr_partner"), ((), "no_hr_partner")):
        with pytest.raises(Rejected) as refused:
            chain(employee="hana", partners=partners)
        assert refused.value.code == code


def test_a_step_is_signed_for_the_revision_that_its_signature_names() -> None:
    steps, by_mia = chain(), signed(MANAGER, "mia")
    assert turn(steps) == steps[0]
    assert turn(steps, by_mia) == steps[1]
    assert next_approval(steps, [by_mia], revision=2) == steps[0]
    assert turn(steps, by_mia, signed(SKIP_LEVEL, "sam"), signed(HR, "hana")) is None


def test_a_signed_step_stays_signed_whoever_holds_it_now() -> None:
    moved = chain(manager="max", skip_level="sue")
    assert turn(moved, signed(MANAGER, "mia")) == moved[1]
    assert turn(moved, signed(MANAGER, "mia"), signed(SKIP_LEVEL, "sam")) == moved[2]


def test_whoever_signed_a_step_does_not_sign_a_second_one() -> None:
    by_mia = signed(MANAGER, "mia")
    assert turn(chain(skip_level="mia"), by_mia) == step(SKIP_LEVEL, "hana", stands_in=True)
    both = (by_mia, signed(SKIP_LEVEL, "sam"))
    assert turn(chain(partners=("mia", "sam", "zoe")), *both) == step(HR, "zoe")
    asked = chain(over_budget=True, finance=("mia", "fin"))
    assert turn(asked, *both, signed(HR, "hana")) == step(FINANCE, "fin")


def test_an_hr_partner_who_stands_in_signs_the_own_step_too() -> None:
    steps = chain(skip_level=None, partners=("hana", "zoe"))
    both = signed(MANAGER, "mia"), signed(SKIP_LEVEL, "hana")
    assert turn(steps, *both) == step(HR, "hana", "zoe")


def test_a_manager_who_is_the_only_hr_partner_signs_both_steps() -> None:
    assert turn(chain(partners=("mia",)), signed(MANAGER, "mia"), signed(SKIP_LEVEL, "sam")) == step(
        HR, "mia"
    )


def test_only_the_one_whose_turn_it_is_may_sign() -> None:
    steps = chain()
    both = [signed(MANAGER, "mia"), signed(SKIP_LEVEL, "sam")]
    assert may_sign(steps, [], person="mia", revision=1)
    assert not may_sign(steps, [], person="hana", revision=1)
    assert may_sign(steps, both, person="hana", revision=1)
    assert not may_sign(steps, [*both, signed(HR, "hana")], person="hana", revision=1)


def test_a_correction_that_raises_an_award_beyond_budget_and_reserve_is_over_budget() -> None:
    assert correction_over_budget(award=910, share=546, spent=1456, budget=1092) == 364
    assert correction_over_budget(award=910, share=546, spent=1456, budget=1092, reserve=300) == 64
    assert correction_over_budget(award=910, share=546, spent=1456, budget=1456) is None
    assert correction_over_budget(award=910, share=546, spent=1456, budget=1092, reserve=364) is None
    assert correction_over_budget(award=910, share=546, spent=1456, budget=None) is None
    assert correction_over_budget(award=546, share=546, spent=1456, budget=1092) is None
    assert correction_over_budget(award=0, share=546, spent=1456, budget=1092) is None


def test_payroll_hears_of_an_award_when_it_holds_something_else() -> None:
    before, raised, once = Pay(18_200_000, 0), Pay(19_474_000, 0), Pay(18_200_000, 5_000)

    def heard(approved: Pay, told: Pay | None = None) -> bool:
        return pay_changes(approved, salary=18_200_000, told=told)

    assert heard(raised)
    assert heard(once)
    assert not heard(before)
    assert heard(before, told=raised)
    assert heard(before, told=once)
    assert heard(raised, told=before)
    assert not heard(raised, told=raised)
    assert not heard(before, told=before)
