"""Behaviour, not traits."""

import pytest

from feedback.domain.rules import lint_feedback
from feedback.domain.rules.linter import Lint

GOOD = (
    "During the payments migration in August she wrote the rollback runbook, reviewed it with support,"
    " and cut the outage from 40 to 6 minutes."
)


def rules(text: str) -> set[Lint]:
    return {warned.rule for warned in lint_feedback(text)}


def test_situation_behaviour_and_impact_draw_no_warning() -> None:
    assert rules(GOOD) == set()


def test_traits_alone_draw_every_warning_and_are_quoted() -> None:
    warned = {
        each.rule: each.quoted_words for each in lint_feedback("Jane is Brilliant and a real team player.")
    }
    assert set(warned) == set(Lint)
    assert warned[Lint.TRAITS_ALONE] == ("Brilliant", "team player")
    assert warned[Lint.TOO_SHORT] == ("Jane", "is", "Brilliant", "and", "a", "real", "team", "player")


@pytest.mark.parametrize(
    "text",
    [
        "on 2026-08-03",
        "in March",
        "in Q3",
        "last sprint",
        "week 6",
        "on Tuesday",
        "14 July",
        "during the payments migration",
    ],
)
def test_a_date_or_a_project_is_a_situation(text: str) -> None:
    assert Lint.NO_SITUATION not in rules(text)


@pytest.mark.parametrize("text", ["it may help", "the march of progress", "always", "in general he is late"])
def test_words_that_only_look_like_dates_are_no_situation(text: str) -> None:
    assert Lint.NO_SITUATION in rules(text)


@pytest.mark.parametrize(
    "text", ["PAY-123", "https://wiki/x", "the design doc", "#42", "two dashboards", "2026-08-03"]
)
def test_something_to_look_up_is_an_artefact_or_date(text: str) -> None:
    assert Lint.NO_ARTEFACT_OR_DATE not in rules(text)


@pytest.mark.parametrize(("count", "warned"), [(14, True), (15, False)])
def test_fifteen_words_are_enough(count: int, warned: bool) -> None:
    assert (Lint.TOO_SHORT in rules(" ".join(["word"] * count))) is warned


@pytest.mark.parametrize(
    ("text", "warned"),
    [
        ("She is thorough.", True),
        ("She is dedicated and motivated.", True),
        ("She was thorough and documented every step.", False),
        ("She documented every step.", False),
    ],
)
def test_traits_are_warned_about_only_without_a_deed(text: str, warned: bool) -> None:
    assert (Lint.TRAITS_ALONE in rules(text)) is warned
