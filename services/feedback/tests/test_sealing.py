"""Pseudonyms, orders and ids: the same wherever they are computed, and of no use to anybody else."""

import hmac
from hashlib import sha256
from uuid import UUID, uuid5

import pytest

from feedback.domain.identity import round_id_of, survey_id_of
from feedback.domain.rules.surveys import SurveyKind
from feedback.domain.sealing import seal_respondent, seed_of
from feedback.domain.survey_closing import close_survey, is_invited

CYCLE = UUID(int=7)


def digest(*parts: bytes) -> str:
    return hmac.new(b"k", b"\0".join(parts), sha256).hexdigest()


def test_ids_are_the_same_wherever_they_are_computed() -> None:
    assert round_id_of(CYCLE, "jane") == uuid5(CYCLE, "round/jane")
    assert survey_id_of(CYCLE, "fairness") == uuid5(CYCLE, "survey/fairness")


def test_a_pseudonym_and_a_seed_hold_all_their_parts_and_their_purpose() -> None:
    sealed = seal_respondent(b"k", subject="jane", respondent="ann")
    assert sealed == digest(b"respondent", b"jane", b"ann")
    assert seed_of(b"k", round_id="r1") == digest(b"order", b"r1")


@pytest.mark.parametrize(
    ("kind", "in_cycle", "leads", "invited"),
    [
        (SurveyKind.FAIRNESS, True, False, True),
        (SurveyKind.FAIRNESS, False, True, False),
        (SurveyKind.MANAGER_SATISFACTION, True, True, True),
        (SurveyKind.MANAGER_SATISFACTION, True, False, False),
        (SurveyKind.MANAGER_SATISFACTION, False, True, False),
    ],
)
def test_who_is_asked(kind: SurveyKind, in_cycle: bool, leads: bool, invited: bool) -> None:
    assert is_invited(kind, in_cycle=in_cycle, leads_somebody=leads) is invited


def test_readers_who_answered_raise_the_threshold_and_an_unshown_survey_has_no_target() -> None:
    shown = close_survey({4: 2, 5: 2}, readers_who_answered=1)
    assert (shown.responses, shown.target_met, shown.band is None) == (4, True, False)
    missed = close_survey({4: 4}, readers_who_answered=0)
    assert missed.target_met is False
    hidden = close_survey({4: 2, 5: 2}, readers_who_answered=2)
    assert (hidden.responses, hidden.target_met, hidden.band) == (4, None, None)
