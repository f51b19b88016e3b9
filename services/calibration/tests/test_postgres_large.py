"""A department of 20,000 people is finalized in as many statements as one of twelve."""

from typing import Any

import sqlalchemy as sa

from calibration.inbound.bodies import check_json
from calibration.usecases.finalize_session import Finalized, finalize_session
from plumbline.contracts.calibration import ratings_digest
from plumbline.runtime.database import raw

PEOPLE = 20_000
CHUNKS = 40
# Teams of ten with the same ratings each, so that neither gender nor tenure goes with a rating.
_FILL = f"""
WITH made AS (SELECT n, 'p' || lpad(n::text, 5, '0') AS person FROM generate_series(1, {PEOPLE}) AS n),
directories AS (
    INSERT INTO directory (person_id, manager_id, division, department, team, level, job_family, location,
                           hire_date, status)
    SELECT person, 'm' || n / 10, 'Engineering', 'Platform', 't' || n / 10, 'L' || n % 5, '', '',
           date '2018-01-01' + n / 10, 'active' FROM made),
genders AS (
    INSERT INTO demographics SELECT person, CASE n / 10 % 2 WHEN 0 THEN 'F' ELSE 'M' END FROM made)
INSERT INTO rated_case (session_id, person_id, cycle_id, division, manager_id, proposed, rating, state)
SELECT :session, person, :cycle, 'Engineering', 'm' || n / 10, rating, rating, 'confirmed'
FROM (SELECT *, (ARRAY[3,3,4,3,2,3,4,3,5,3])[1 + n % 10] AS rating FROM made) AS rated
"""


async def finalize_and_count(world: Any) -> tuple[Finalized, int]:
    """Finalize through the use case; the answer and its statements (COPY aside)."""
    statements: list[str] = []
    async with world.worker.begin() as tx:
        driver = await raw(tx)
        with driver.query_logger(lambda record: statements.append(record.query)):
            done = await finalize_session(
                tx, world.session_id, by="fay", expected=None, describe=check_json, now=world.now
            )
    return done, len(statements)


async def settled(world: Any) -> None:
    move = {"person_id": "a3", "to": 3, "rationale": "Compared with peers"}
    await world.post("adjustments", "max", {"adjustments": [move]})
    await world.post("confirmations", "fay", {"all_remaining": True})


async def test_finalizing_takes_the_same_statements_for_any_number_of_people(opened: Any) -> None:
    await settled(opened)
    few, statements_few = await finalize_and_count(opened)
    assert few.people == 12
    async with opened.worker.begin() as tx:
        await tx.execute(sa.text("DELETE FROM rated_case"))
        await tx.execute(sa.text("DELETE FROM check_result"))
        await tx.execute(sa.text("DELETE FROM outbox"))
        await tx.execute(sa.text("UPDATE session SET state = 'open', revision = 0"))
        await tx.execute(sa.text(_FILL), {"session": opened.session_id, "cycle": opened.cycle_id})
        await tx.execute(sa.text("ANALYZE"))
    many, statements_many = await finalize_and_count(opened)
    assert many.people == PEOPLE
    assert statements_many <= statements_few
    assert statements_many < 20

    events = await opened.published("%ratings-finalized%")
    assert [(each["chunk"], each["chunks"], len(each["ratings"])) for each in events] == [
        (number, CHUNKS, 500) for number in range(1, CHUNKS + 1)
    ]
    ratings = [
        (each["person_id"], each["revision"], each["rating"]) for event in events for each in event["ratings"]
    ]
    assert len({person for person, _, _ in ratings}) == PEOPLE
    assert {ratings_digest(ratings)} == {event["digest"] for event in events} == {many.digest}

    whole = await opened.get(f"/cycles/{opened.cycle_id}/distribution", "cora")
    counts = {rating: each["count"] for rating, each in whole["organization"]["current"]["ratings"].items()}
    assert counts == {"5": 2000, "4": 4000, "3": 12000, "2": 2000, "1": 0}
    assert whole["organization"]["current"]["feasible"] is True

    async with opened.worker.begin() as tx:
        await tx.execute(sa.text("UPDATE rated_case SET rating = 5 WHERE rating = 2"))
    team = (await opened.get(f"/sessions/{opened.session_id}", "fay"))["distribution"]["current"]["ratings"]
    words = {rating: each["word"] for rating, each in team.items()}
    assert words == {"5": "unusual", "2": "unusual"} | dict.fromkeys("431", "not unusual")
