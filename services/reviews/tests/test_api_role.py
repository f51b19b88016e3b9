"""The api's role on a real PostgreSQL: what it may do is declared, and rows of other divisions do not exist for it."""

from pathlib import Path

from plumbline.runtime.settings import Settings
from plumbline_local.postgres import Postgres
from plumbline_local.testing import MakeDatabase
from plumbline_local.testing_databases import connected
from plumbline_local.testing_rights import declared_in, privileges_of, seen_in, unheld_tables
from plumbline_local.testing_services import local_settings
from reviews.api import build
from reviews.outbound.rights import RIGHTS


async def test_the_apis_role_has_the_declared_privileges_and_no_other(database: MakeDatabase) -> None:
    async with connected(database("reviews").owner_url) as owner:
        assert await privileges_of(owner, "reviews_api") == set(declared_in(RIGHTS))
        assert await unheld_tables(owner, RIGHTS) == set()


async def test_a_query_of_the_api_that_forgets_its_filter_sees_no_other_division(
    database: MakeDatabase, postgres: Postgres, tmp_path: Path
) -> None:
    base = database("reviews")
    app = build(local_settings(Settings, base, tmp_path))
    by_api, by_worker = await seen_in(app, base, postgres, RIGHTS)
    assert by_api == dict.fromkeys(by_api, (1, 1, 0, 2))
    assert set(by_worker.values()) == {(2, 2, 2, 2)}
