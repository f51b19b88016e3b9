"""Published contracts stay as they were published, and topics are declared whole."""

import json
from pathlib import Path

import jsonschema
import pytest

from plumbline.contracts.event import Event
from plumbline.contracts.registry import EVENTS
from plumbline.contracts.schemas import file_name, schema_text
from plumbline.contracts.topics import TOPICS

SCHEMAS = Path(__file__).parents[2] / "shared" / "schemas"


def subclasses(kind: type[Event]) -> set[type[Event]]:
    return {each for child in kind.__subclasses__() for each in {child, *subclasses(child)}}


@pytest.mark.parametrize("event", EVENTS.values(), ids=lambda event: event.TYPE)
def test_a_contract_is_what_its_frozen_schema_says(event: type[Event]) -> None:
    frozen = (SCHEMAS / file_name(event)).read_text()
    assert schema_text(event) == frozen, "publish a new version instead of changing this one"


@pytest.mark.parametrize("event", EVENTS.values(), ids=lambda event: event.TYPE)
def test_a_frozen_schema_is_a_valid_schema(event: type[Event]) -> None:
    schema = json.loads((SCHEMAS / file_name(event)).read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    assert event.KEY in schema["properties"]


def test_every_contract_is_registered_under_a_type_that_names_its_version() -> None:
    published = {each for each in subclasses(Event) if "TYPE" in vars(each)}
    assert published == set(EVENTS.values())
    assert all(each.__name__.endswith("V1") and each.TYPE.endswith(".v1") for each in published)


def test_every_topic_carries_a_contract_and_every_contract_has_a_declared_topic() -> None:
    assert {event.TOPIC.name for event in EVENTS.values()} == set(TOPICS)


def test_pay_and_demographics_are_read_by_those_alone_who_need_them() -> None:
    readers = {name: topic.readers for name, topic in TOPICS.items() if topic.person_level}
    assert readers["pm.people-pay.state.v1"] == {"outcomes"}
    assert readers["pm.people-demographics.state.v1"] == {"calibration", "outcomes"}
    assert readers["pm.pay-changes.events.v1"] == {"payroll", "hris"}
    assert all(topic.readers for topic in TOPICS.values())


def test_no_contract_has_a_field_for_names_or_free_text() -> None:
    forbidden = {"email", "text", "comment", "note", "body", "author", "author_id", "rationale", "full_name"}
    fields = {name for event in EVENTS.values() for name in event.model_fields}
    assert not fields & forbidden
