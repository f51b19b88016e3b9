"""A session and a case as rules meet them, without a database."""

from datetime import date
from uuid import UUID

from calibration.domain.session import Case, Session

SESSION = Session(
    session_id=UUID(int=1),
    cycle_id=UUID(int=2),
    division="Engineering",
    department="Platform",
    facilitator_id="fay",
    state="open",
    version=1,
    revision=0,
    period_start=date(2026, 7, 1),
    period_end=date(2026, 9, 30),
)
CASE = Case(person_id="ann", manager_id="mia", proposed=3, rating=3)
