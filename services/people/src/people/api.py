"""The api process: files in, names out; no broker in it."""

from fastapi import FastAPI

from people.domain.errors import Rejected
from people.inbound.http import router
from people.settings import SERVICE, PeopleSettings
from plumbline.runtime.audit_routes import audit_router
from plumbline.runtime.http import create_api


def create() -> FastAPI:
    """Build the api from the environment."""
    return build(PeopleSettings())


def build(settings: PeopleSettings) -> FastAPI:
    """Build the api; it connects as the api's own role and closes its connections when it stops."""
    return create_api(
        service=SERVICE.name,
        settings=settings,
        routers=[router, audit_router(SERVICE.name)],
        rejected=Rejected,
    )
