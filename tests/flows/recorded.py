"""What a demo left: every log, every span, every metric at its end, and every record on Kafka."""

import shutil
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from collector import Collector, collecting

from plumbline.contracts.topics import TOPICS
from plumbline_local.demo.apis import Apis
from plumbline_local.demo.bus import Record, read_topic
from plumbline_local.demo.play import Played
from plumbline_local.demo.reading import Json
from plumbline_local.demo.report import read_report
from plumbline_local.demo.stage import Stage


@dataclass(kw_only=True)
class Recorded:
    """Texts by where they come from: a log's file name, or a metrics address.

    ``records`` are by topic. ``apis`` are the demo's own clients, which count what they asked; ``read_before`` is the
    report as it was read once before, from the same stack.
    """

    collector: Collector
    logs: dict[str, str] = field(default_factory=dict[str, str])
    metrics: dict[str, str] = field(default_factory=dict[str, str])
    records: dict[str, list[Record]] = field(default_factory=dict[str, list[Record]])
    apis: Apis | None = None
    read_before: Json | None = None


@contextmanager
def recording() -> Generator[Recorded]:
    """Keep what a demo leaves for its operators, before it removes its folder; its spans leave as in operation."""
    with collecting() as collector, pytest.MonkeyPatch.context() as patch:
        recorded = Recorded(collector=collector)
        patch.setenv("PLUMBLINE_OTLP_ENDPOINT", collector.url)
        _keep_logs_and_metrics(recorded, patch)
        yield recorded


def _keep_logs_and_metrics(recorded: Recorded, patch: pytest.MonkeyPatch) -> None:
    remove = shutil.rmtree

    async def read_metrics_too(stage: Stage, played: Played, *, seed: int) -> Json:
        recorded.apis = stage.apis
        async with httpx.AsyncClient(timeout=30.0) as client:
            for service in stage.state.services:
                for url in (service.url, service.probe_url):
                    answer = await client.get(f"{url}/metrics", follow_redirects=True)
                    recorded.metrics[f"{service.name} {url}"] = answer.raise_for_status().text
        for topic in TOPICS:
            recorded.records[topic] = await read_topic(stage.state.kafka, topic)
        recorded.read_before = await read_report(stage, played, seed=seed)
        return await read_report(stage, played, seed=seed)

    def keep_logs(folder: Path, *, ignore_errors: bool = False) -> None:
        for path in (folder / "logs").glob("*"):
            recorded.logs[path.name] = path.read_text(errors="replace")
        remove(folder, ignore_errors=ignore_errors)

    patch.setattr("plumbline_local.demo.run.read_report", read_metrics_too)
    patch.setattr("plumbline_local.demo.run.shutil.rmtree", keep_logs)
