"""Equity: the grid in shares, and vesting in parts that sum exactly."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcomes.domain.errors import Rejected
from outcomes.domain.policy import DEFAULT_EQUITY
from outcomes.domain.rules import equity_refresh, vesting_parts


def test_3000_shares_vest_in_16_parts_that_sum_to_3000() -> None:
    parts = vesting_parts(3_000, 16)
    assert parts == (187, 188) * 8
    assert sum(parts) == 3_000


@given(st.integers(0, 10**7), st.integers(1, 200))
def test_parts_sum_exactly_and_differ_by_one_share_at_most(shares: int, parts: int) -> None:
    schedule = vesting_parts(shares, parts)
    assert len(schedule) == parts
    assert sum(schedule) == shares
    assert max(schedule) - min(schedule) <= 1
    for vested in range(1, parts + 1):
        assert sum(schedule[:vested]) == shares * vested // parts


def test_fewer_shares_than_parts_leave_parts_empty() -> None:
    assert vesting_parts(2, 4) == (0, 1, 0, 1)
    assert vesting_parts(0, 3) == (0, 0, 0)
    assert vesting_parts(7, 1) == (7,)


@pytest.mark.parametrize(("shares", "parts", "code"), [(-1, 4, "shares_negative"), (4, 0, "parts_missing")])
def test_a_grant_that_cannot_vest_is_refused(shares: int, parts: int, code: str) -> None:
    with pytest.raises(Rejected) as refused:
        vesting_parts(shares, parts)
    assert refused.value.code == code


def test_level_four_with_rating_four_earns_3000_shares() -> None:
    assert equity_refresh(DEFAULT_EQUITY, level="L4", rating=4) == 3_000


def test_a_rating_that_the_grid_leaves_out_earns_none() -> None:
    assert [equity_refresh(DEFAULT_EQUITY, level="L4", rating=rating) for rating in (1, 2, 3)] == [0, 0, 0]


def test_a_level_that_the_grid_lacks_is_refused_and_not_invented() -> None:
    with pytest.raises(Rejected, match="no level L99") as refused:
        equity_refresh(DEFAULT_EQUITY, level="L99", rating=4)
    assert refused.value.code == "level_not_in_grid"


def test_the_default_grid_grows_with_level_and_rating() -> None:
    rows = list(DEFAULT_EQUITY.grid.values())
    assert all(row[4] < row[5] for row in rows)
    assert [row[4] for row in rows] == sorted(row[4] for row in rows)
