"""Publishing policies and freezing them with a cycle, over HTTP and PostgreSQL."""

import pytest

from .conftest import CYCLE, DRAFT, ENGINEERING, POLICY, World


async def test_a_published_policy_version_never_changes(world: World) -> None:
    body = {"division": ENGINEERING, "effective_from": "2026-01-01", "document": POLICY}
    first = await world.post("/policies", "cora", body, expect=201)
    again = await world.post("/policies", "cora", body, expect=201)
    assert again["digest"] == first["digest"]
    assert len(await world.published("pm.policy.policy.v1")) == 1
    other = {**POLICY, "guideline": {**POLICY["guideline"], "5": ["5", "11"]}}
    await world.post("/policies", "cora", {**body, "document": other}, expect=409)
    await world.post("/policies", "ann", body, expect=403)
    stored = await world.get(f"/policies/{ENGINEERING}/2026.1", "ann")
    assert stored["document"]["equity"] == [{"level": "L4", "rating": "4", "shares": 3000}]
    assert stored["document"]["merit"]["matrix"]["3"] == ["5", "4.5", "4", "3"]


async def test_a_policy_may_come_as_the_text_of_its_file(world: World) -> None:
    toml = """
version = "2026.1"
[merit]
matrix = { 5 = ["10", "9", "8", "7"], 4 = ["9", "8", "7", "5"], 3 = ["5", "4.5", "4", "3"], 2 = ["2", "1.5", "1", "0"], 1 = ["0", "0", "0", "0"] }
floors = { 5 = "5", 4 = "5", 3 = "3", 2 = "0", 1 = "0" }
[[ranges]]
level = "L4"
location = "*"
currency = "USD"
minimum = "145000"
maximum = "215000"
[guideline]
5 = ["5", "10"]
4 = ["20", "30"]
3 = ["50", "60"]
2 = ["10", "15"]
1 = ["0", "5"]
[equity]
parts = 16
grid = { L4 = { 4 = 3000 } }
"""
    body = {"division": ENGINEERING, "effective_from": "2026-01-01"}
    text = await world.post("/policies", "cora", {**body, "toml": toml}, expect=201)
    json_form = await world.post("/policies", "cora", {**body, "document": POLICY}, expect=201)
    assert text["digest"] == json_form["digest"]
    broken = toml.replace('"4.5"', '"450"')
    refused = await world.post(
        "/policies", "cora", {**body, "toml": broken.replace("2026.1", "2026.2")}, expect=422
    )
    assert refused["field"] == "merit.matrix.3"


UNREADABLE = {
    'version = "1"\n[merit\n': "line 2, column 7",
    'version = "1"\nsecret: 5\n': "line 2, column 7",
    'version = "secret': "ends too early",
    "version = " + "[" * 20_000: "nests too deeply",
}


@pytest.mark.parametrize(("toml", "place"), UNREADABLE.items(), ids=UNREADABLE.values())
async def test_a_file_that_is_no_toml_is_refused_with_its_place_and_a_fix(
    world: World, toml: str, place: str
) -> None:
    body = {"division": ENGINEERING, "effective_from": "2026-01-01", "toml": toml}
    refused = await world.post("/policies", "cora", body, expect=422)
    assert (refused["code"], refused["field"]) == ("invalid_request", "toml")
    assert place in refused["detail"]
    assert refused["fix"]
    assert "secret" not in str(refused)


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"ranges": [{"level": "L4"}]}, ["currency", "minimum", "maximum"]),
        ({"equity": {"parts": 16, "grid": {"L4": 3000}}}, [""]),
        ({"equity": {"parts": 16, "grid": "L4"}}, [""]),
    ],
    ids=["a range without most of it", "a grid's row that is no table", "a grid that is no table"],
)
async def test_an_invalid_part_of_a_policy_is_told_once_and_by_its_field(
    world: World, change: dict[str, object], fields: list[str]
) -> None:
    body = {"division": ENGINEERING, "effective_from": "2026-01-01", "document": {**POLICY, **change}}
    refused = await world.post("/policies", "cora", body, expect=422)
    place = "document.ranges.0." if "ranges" in change else "document.equity"
    assert [each["field"] for each in refused["errors"]] == [place + field for field in fields]


async def test_a_cycle_needs_a_policy_and_people_whose_managers_work_here(world: World) -> None:
    await world.post("/cycles", "cora", DRAFT, expect=201)
    assert (await world.post(f"/cycles/{CYCLE}/approve", "cora", expect=422))["field"] == "policy_digests"
    body = {"division": ENGINEERING, "effective_from": "2026-01-01", "document": POLICY}
    await world.post("/policies", "cora", body, expect=201)
    await world.post(f"/cycles/{CYCLE}/approve", "hanna", expect=403)
    stale = await world.send("POST", f"/cycles/{CYCLE}/approve", "cora", match=7)
    assert stale.status_code == 409
    assert (await world.post(f"/cycles/{CYCLE}/approve", "cora"))["version"] == 2
    await world.post(f"/cycles/{CYCLE}/approve", "cora", expect=409)
