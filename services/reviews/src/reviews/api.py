"""The api process: requests in, answers out, no broker in it."""

from fastapi import FastAPI

from plumbline.runtime.audit_routes import audit_router
from plumbline.runtime.http import create_api
from plumbline.runtime.settings import Settings
from reviews.domain.errors import Rejected
from reviews.inbound import http_cycles, http_policies, http_reviews
from reviews.settings import SERVICE


def create() -> FastAPI:
    """Build the api from the environment."""
    return build(Settings())


def build(settings: Settings) -> FastAPI:
    """Build the api; it connects as the api's own role and closes its connections when it stops."""
    return create_api(
        service=SERVICE.name,
        settings=settings,
        routers=[http_policies.router, http_cycles.router, http_reviews.router, audit_router(SERVICE.name)],
        rejected=Rejected,
    )
