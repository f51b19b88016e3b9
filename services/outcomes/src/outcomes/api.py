"""The api process: approvals in, awards and plans out; no broker in it."""

from fastapi import FastAPI

from outcomes.domain.errors import Rejected
from outcomes.inbound import (
    http_approvals,
    http_assignments,
    http_pips,
    http_plans,
    http_promotions,
    http_waiting,
)
from outcomes.inbound.http import router
from outcomes.settings import SERVICE
from plumbline.runtime.audit_routes import audit_router
from plumbline.runtime.http import create_api
from plumbline.runtime.settings import Settings


def create() -> FastAPI:
    """Build the api from the environment."""
    return build(Settings())


def build(settings: Settings) -> FastAPI:
    """Build the api; it connects as the api's own role and closes its connections when it stops."""
    return create_api(
        service=SERVICE.name,
        settings=settings,
        routers=[
            router,
            http_approvals.router,
            http_waiting.router,
            http_assignments.router,
            http_promotions.router,
            http_plans.router,
            http_pips.router,
            audit_router(SERVICE.name),
        ],
        rejected=Rejected,
    )
