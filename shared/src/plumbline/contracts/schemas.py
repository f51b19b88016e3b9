"""The frozen JSON Schema of every contract: ``python -m plumbline.contracts.schemas FOLDER`` writes new ones."""

import json
import sys
from pathlib import Path

from plumbline.contracts.event import Event
from plumbline.contracts.registry import EVENTS


def schema_text(event: type[Event]) -> str:
    """A contract's JSON Schema as it is published, with its type and topic; ends with a newline."""
    schema = event.model_json_schema(mode="serialization")
    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:plumbline:schema:{event.TYPE}",
        "x-topic": event.TOPIC.name,
        "x-key": event.KEY,
        **schema,
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def file_name(event: type[Event]) -> str:
    """The schema's file, for example ``pm.people.person.v1.schema.json``."""
    return f"{event.TYPE}.schema.json"


def write_new(folder: Path) -> list[str]:
    """Write the schemas that are not there yet; a published one is never overwritten."""
    written: list[str] = []
    for event in EVENTS.values():
        path = folder / file_name(event)
        if not path.exists():
            path.write_text(schema_text(event))
            written.append(path.name)
    return written


if __name__ == "__main__":
    print("\n".join(write_new(Path(sys.argv[1]))) or "nothing new")  # noqa: T201 - a command's answer
