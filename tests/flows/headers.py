"""What every record on Kafka has to say of itself: the CloudEvents headers that the architecture promises."""

import re
from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from plumbline.contracts.topics import TOPICS
from plumbline_local.demo.bus import Record

TRACEPARENT = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-0[0-3]")
FIXED = {"ce_specversion": "1.0", "content-type": "application/json"}


def faults_of(topic: str, record: Record) -> Iterator[str]:
    """The headers of a record that are missing or wrong."""
    headers, key = record.headers, record.key
    expected = FIXED | {
        "ce_source": f"plumbline/{TOPICS[topic].producer}",
        "ce_subject": key,
        "ce_partitionkey": key,
        "ce_dataschema": f"urn:plumbline:schema:{record.type}",
    }
    yield from (name for name, value in expected.items() if not key or headers.get(name) != value)
    if not record.type.startswith("pm."):
        yield "ce_type"
    for name in ("ce_division", "ce_correlationid"):
        if not headers.get(name):
            yield name
    if UUID(headers.get("ce_id", str(UUID(int=0)))).version != 7:
        yield "ce_id"
    if int(headers.get("ce_sequence", "0")) < 1:
        yield "ce_sequence"
    if datetime.fromisoformat(headers.get("ce_time", "0001-01-01")).tzinfo is None:
        yield "ce_time"
    if not TRACEPARENT.fullmatch(headers.get("ce_traceparent", "")):
        yield "ce_traceparent"
