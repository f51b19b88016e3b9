"""How the feedback service is found and configured."""

import os
import secrets
from pathlib import Path

from pydantic import Field, SecretStr

import feedback
from plumbline.runtime.service import Service, migrations_of
from plumbline.runtime.settings import ConfigurationError, Settings

SERVICE = Service(
    name="feedback",
    worker="feedback.worker:create",
    api="feedback.api:create",
    handlers="feedback.inbound.kafka:HANDLERS",
    rights="feedback.outbound.rights:RIGHTS",
    migrations=migrations_of(feedback.__file__ or ""),
)
SECRET_FILE = "feedback-secret"
SHORTEST_SECRET = 32
_PRIVATE = 0o600


class FeedbackSettings(Settings):
    """The shared settings, and the secret under which authors of anonymous answers are sealed; bodies may be long lists.

    ``feedback_secret`` never changes while rounds are open: with another one nobody finds the own answer again.
    In local mode it is created once in the state folder.
    """

    max_body_bytes: int = Field(default=16_000_000, ge=1)
    feedback_secret: SecretStr = Field(default=SecretStr(""), repr=False)

    def sealing_secret(self) -> bytes:
        """The secret's bytes.

        Raises:
            ConfigurationError: none is configured outside local mode, or it is shorter than 32 characters.
        """
        given = self.feedback_secret.get_secret_value()
        if not given and self.local and self.state is not None:
            given = local_secret(self.state)
        if len(given) < SHORTEST_SECRET:
            raise ConfigurationError(
                f"set PLUMBLINE_FEEDBACK_SECRET to {SHORTEST_SECRET} random characters or more, and keep it"
            )
        return given.encode()


def local_secret(state: Path) -> str:
    """This machine's secret; of several processes that come at once the first one's stays."""
    place = state / SECRET_FILE
    if not place.exists():
        state.mkdir(parents=True, exist_ok=True)
        draft = place.with_suffix(f".{os.getpid()}.{secrets.token_hex(4)}.tmp")
        draft.touch(mode=_PRIVATE)
        draft.write_text(secrets.token_hex(32))
        try:
            place.hardlink_to(draft)
        except FileExistsError:
            pass  # another process was first
        finally:
            draft.unlink()
    return place.read_text()
