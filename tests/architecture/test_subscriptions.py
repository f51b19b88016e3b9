"""Who reads which topic, as the handlers have it and as the declarations allow."""

import pytest

from plumbline.contracts.topics import TOPICS
from plumbline.runtime.inbox import Handler
from plumbline.runtime.service import Service, installed, load


@pytest.mark.parametrize("service", installed(), ids=lambda service: service.name)
def test_a_service_consumes_only_topics_that_name_it_as_a_reader(service: Service) -> None:
    handlers: tuple[Handler, ...] = load(service.handlers)
    consumed = {handler.event.TOPIC.name for handler in handlers}
    assert {topic for topic in consumed if service.name not in TOPICS[topic].readers} == set()


def test_all_six_services_are_installed() -> None:
    names = [service.name for service in installed()]
    assert names == ["calibration", "feedback", "goals", "outcomes", "people", "reviews"]
