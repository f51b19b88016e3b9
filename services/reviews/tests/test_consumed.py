"""What reviews takes over from calibration, goals and feedback."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from plumbline.contracts.calibration import FinalRatingV1, chunk_key, ratings_digest
from plumbline.contracts.feedback import RoundPublishedV1
from plumbline.contracts.goals import ObjectiveGradedV1

from .conftest import CYCLE, World
from .test_flow import PAYMENTS, PLATFORM, finalized


async def test_a_rating_counts_only_when_all_its_chunks_are_here(cycle: World) -> None:
    chunks, _ = finalized(PLATFORM, department="Platform")
    await cycle.receive(chunks[:-1])
    assert await cycle.count("SELECT count(*) FROM final_ratings") == 0
    await cycle.receive(chunks[-1:])
    assert await cycle.count("SELECT count(*) FROM final_ratings") == 5


async def test_chunks_that_do_not_add_up_are_parked_and_change_nothing(cycle: World) -> None:
    chunks, _ = finalized(PAYMENTS, department="Payments")
    await cycle.receive([chunks[0].model_copy(update={"digest": "0" * 64})])
    assert await cycle.count("SELECT count(*) FROM final_ratings") == 0
    assert await cycle.count("SELECT count(*) FROM inbox_parked") == 1


async def test_a_later_revision_replaces_the_rating_and_an_earlier_one_does_not(cycle: World) -> None:
    chunks, _ = finalized(PAYMENTS, department="Payments")
    digest = ratings_digest([("jane", 2, "5")])
    appeal = chunks[0].model_copy(
        update={
            "chunk_key": chunk_key(PAYMENTS, 2, 1),
            "revision": 2,
            "people": 1,
            "digest": digest,
            "ratings": (FinalRatingV1(person_id="jane", rating="5", revision=2),),
        }
    )
    await cycle.receive([appeal])
    await cycle.receive(chunks)
    assert await cycle.count("SELECT rating FROM final_ratings WHERE person_id = 'jane'") == 5
    assert await cycle.count("SELECT rating FROM final_ratings WHERE person_id = 'paula'") == 3


async def test_a_review_opens_with_its_evidence_as_links_to_events(cycle: World) -> None:
    objective, round_id = UUID(int=1), UUID(int=2)
    goal = ObjectiveGradedV1(
        objective_id=objective,
        cycle_id=CYCLE,
        person_id="ann",
        score=Decimal("0.95"),
        key_results=(),
        graded_on=date(2026, 9, 18),
    )
    published = RoundPublishedV1(
        round_id=round_id,
        cycle_id=CYCLE,
        person_id="ann",
        state="suppressed",
        published_on=date(2026, 9, 19),
    )
    await cycle.receive([goal, published])
    regraded = goal.model_copy(update={"score": Decimal("1.00")})
    await cycle.receive([regraded])
    evidence = (await cycle.get(f"/cycles/{CYCLE}/reviews/ann", "ann"))["evidence"]
    assert [(each["kind"], each["event_id"], each["score"]) for each in evidence] == [
        ("goal_graded", f"{goal.TYPE}/{objective}/2", "1.00"),
        ("feedback_published", f"{published.TYPE}/{round_id}/1", None),
    ]
