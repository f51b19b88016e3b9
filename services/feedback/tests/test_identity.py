"""A peer's identity leaves no trace: not in answers, logs, events, metrics or tables."""

import logging
import re
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from organization import (
    CYCLE,
    ENGINEERING,
    PUBLISH,
    RATERS,
    ROUNDS,
    World,
    answer,
    cycle_opened,
    form,
    open_round,
)
from prometheus_client import generate_latest
from pydantic import SecretStr

from feedback.domain.sealing import seal_respondent
from feedback.settings import FeedbackSettings
from plumbline.runtime.security import limit_to_divisions
from plumbline.runtime.settings import ConfigurationError

EVERYBODY = ("jane", "mia", "max", "vp", "cora", "hanna", "hugo", "audrey", "sam")
SILENT, SPEAKING = "eve", "dan"


def normal(rows: list[str], who: str) -> list[str]:
    """The rows that mention somebody, without who it is and without transactions; lists name both alike."""
    mentioned = [row for row in rows if re.search(rf"\b{who}\b", row)]
    anybody = rf"\b({SPEAKING}|{SILENT})\b"
    return sorted(re.sub(anybody, "X", re.sub(r" xmin=\d+$", "", row)) for row in mentioned)


async def publish_with_one_silent(world: World) -> str:
    """A published round that every rater but one answered; the last rater twice."""
    round_id = await open_round(world, raters=(*RATERS, "max"))
    for author in ("max", "ann", "bob", "cem", SPEAKING):
        await answer(world, round_id, author)
    await answer(world, round_id, SPEAKING, score=5)
    await world.post(PUBLISH, "cora")
    return round_id


async def test_no_table_tells_a_rater_who_answered_from_one_who_did_not(world: World) -> None:
    await publish_with_one_silent(world)
    for table, rows in (await world.dump()).items():
        assert normal(rows, SPEAKING) == normal(rows, SILENT), table


async def test_while_a_round_is_open_no_row_holds_an_author_beside_an_answer(world: World) -> None:
    round_id = await open_round(world)
    await answer(world, round_id, SPEAKING)
    dump = await world.dump()
    assert len(dump["answer"]) == 1
    written = {row.rsplit("xmin=", 1)[1] for row in dump["answer"]}
    for table, rows in dump.items():
        assert normal(rows, SPEAKING) == normal(rows, SILENT) or table == "answer", table
        for row in rows:
            if row.rsplit("xmin=", 1)[1] in written and table != "answer":
                assert SPEAKING not in row, table
    assert not [row for row in dump["answer"] if re.search(rf"[(,]{SPEAKING}[,)]", row)]


async def test_after_publication_no_form_is_left_and_texts_stand_in_the_result_alone(world: World) -> None:
    await publish_with_one_silent(world)
    dump = await world.dump()
    assert dump["answer"] == []
    assert [table for table, rows in dump.items() if any("wellword" in row for row in rows)] == [
        "round_result"
    ]


async def test_no_response_tells_who_answered(world: World) -> None:
    round_id = await publish_with_one_silent(world)
    paths = (f"/rounds/{round_id}", ROUNDS, f"/cycles/{CYCLE}/response-counts")
    for who in (*EVERYBODY, "ann"):
        for path in paths:
            body = (await world.send("GET", path, who)).text
            told = body.replace(f"wellword{SPEAKING}", "").replace(f"improveword{SPEAKING}", "")
            told = re.sub(r'"raters":\[[^]]*]', "", told)
            assert not re.search(rf"\b({SPEAKING}|{SILENT}|bob|cem)\b", told), (who, path)
    rows = (await world.get(ROUNDS, SILENT))["rounds"]
    assert rows == (await world.get(ROUNDS, SPEAKING))["rounds"]


async def test_no_log_event_or_metric_names_an_author(
    world: World, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level(logging.DEBUG, logger="plumbline"):
        await publish_with_one_silent(world)
    out, err = capfd.readouterr()
    told = "\n".join([out, err, caplog.text, str(await world.published()), generate_latest().decode()])
    assert not re.search(rf"\b({'|'.join(RATERS)})\b", told)
    assert "wellword" not in told


async def test_the_audit_log_knows_an_answer_by_its_cycle_and_round(world: World) -> None:
    round_id = await open_round(world)
    await answer(world, round_id, "ann")
    await world.post(PUBLISH, "cora")
    rows = [row for row in (await world.dump())["audit_log"] if ",peer_answer," in row]
    assert len(rows) == 2
    assert f"round:{CYCLE}" in rows[0]
    assert f"round:{round_id}" in rows[1]
    assert all("00:00:00" in row for row in rows)


async def test_answers_in_one_request_leave_no_row_that_joins_their_rounds(world: World) -> None:
    first = await open_round(world)
    second = await open_round(world, subject="cem", manager="max", raters=("ann", "bob", "dan"))
    await world.post("/answers", "ann", {"answers": [form(first), form(second)]})
    await world.post(PUBLISH, "cora")
    audit = [row for row in (await world.dump())["audit_log"] if ",peer_answer," in row]
    assert len([row for row in audit if "answers taken" not in row]) == 1


async def test_verbatims_do_not_come_in_the_order_of_the_answers(world: World) -> None:
    orders: set[tuple[int, ...]] = set()
    for subject, manager in (("jane", "mia"), ("vp", "hanna")):
        raters = [*RATERS, "max"]
        round_id = await open_round(world, subject=subject, manager=manager, raters=raters)
        for author in raters:
            relationship = "report" if (subject, author) == ("vp", "max") else "peer"
            await answer(world, round_id, author, relationship=relationship)
        await world.post(PUBLISH, "cora")
        result: dict[str, Any] = (await world.get(f"/rounds/{round_id}", subject))["result"]
        for name, word in (("does_well", "wellword"), ("to_improve", "improveword")):
            texts = [text.split()[0].removeprefix(word) for text in result[name]]
            assert sorted(texts) == sorted(raters)
            orders.add(tuple(raters.index(author) for author in texts))
    assert len(orders) > 1


async def test_a_later_round_is_not_set_against_an_earlier_one(world: World) -> None:
    first = await open_round(world)
    for author in RATERS[:4]:
        await answer(world, first, author)
    await world.post(PUBLISH, "cora")
    later = UUID("7f7b5a52-7f8b-4c5c-9a39-0a0d4b6f1a12")
    await world.receive([cycle_opened().model_copy(update={"cycle_id": later})])
    made = await world.post(f"/cycles/{later}/rounds", "jane", {"rounds": [{"raters": list(RATERS)}]})
    approval = {"person_id": "jane", "nominees": list(RATERS)}
    await world.post(f"/cycles/{later}/rounds/approve", "mia", {"rounds": [approval]})
    second = made["rounds"][0]["round_id"]
    for author in RATERS:
        await answer(world, second, author)
    await world.post(f"/cycles/{later}/rounds/publish", "cora")
    everybody = (await world.get(f"/rounds/{second}", "jane"))["result"]["groups"][0]
    assert everybody["band_suppressed"] == "differencing"


async def test_the_api_role_sees_no_text_without_a_division(world: World) -> None:
    round_id = await open_round(world)
    await answer(world, round_id, "ann")
    await world.post("/notes", "mia", {"notes": [{"person_id": "jane", "text": "Led the review."}]})
    async with world.api.begin() as tx:
        for table in ("answer", "note"):
            query = sa.select(sa.func.count()).select_from(sa.table(table))
            await limit_to_divisions(tx, ["Sales"])
            assert await tx.scalar(query) == 0
            await limit_to_divisions(tx, [ENGINEERING])
            assert await tx.scalar(query) == 1


def test_a_pseudonym_depends_on_the_secret_the_person_and_the_respondent() -> None:
    sealed = seal_respondent(b"s" * 32, subject="jane", respondent="ann")
    others = (
        seal_respondent(b"t" * 32, subject="jane", respondent="ann"),
        seal_respondent(b"s" * 32, subject="bob", respondent="ann"),
        seal_respondent(b"s" * 32, subject="jane", respondent="bob"),
    )
    assert sealed == seal_respondent(b"s" * 32, subject="jane", respondent="ann")
    assert sealed not in others


def test_the_secret_is_required_outside_local_mode_and_made_once_inside(tmp_path: Path) -> None:
    for bad in ("", "short"):
        with pytest.raises(ConfigurationError):
            FeedbackSettings(feedback_secret=SecretStr(bad)).sealing_secret()
    made = FeedbackSettings(local=True, state=tmp_path).sealing_secret()
    assert made == FeedbackSettings(local=True, state=tmp_path).sealing_secret()
    assert (tmp_path / "feedback-secret").stat().st_mode & 0o077 == 0
    assert made.decode() not in repr(FeedbackSettings(feedback_secret=SecretStr(made.decode())))
