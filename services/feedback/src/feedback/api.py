"""The api process: feedback in, what anonymity lets through out; no broker in it."""

from fastapi import FastAPI

from feedback.domain.errors import Rejected
from feedback.inbound import http_concerns, http_notes, http_rounds, http_surveys
from feedback.settings import SERVICE, FeedbackSettings
from plumbline.runtime.audit_routes import audit_router
from plumbline.runtime.http import create_api


def create() -> FastAPI:
    """Build the api from the environment."""
    return build(FeedbackSettings())


def build(settings: FeedbackSettings) -> FastAPI:
    """Build the api; it connects as the api's own role and closes its connections when it stops.

    Raises:
        ConfigurationError: the sealing secret is missing.
    """
    secret = settings.sealing_secret()
    app = create_api(
        service=SERVICE.name,
        settings=settings,
        routers=[
            http_rounds.router,
            http_notes.router,
            http_concerns.router,
            http_surveys.router,
            audit_router(SERVICE.name),
        ],
        rejected=Rejected,
    )
    app.state.sealing_secret = secret
    return app
