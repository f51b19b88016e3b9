"""The Prometheus metrics of every worker; their labels name services and topics, never people."""

from prometheus_client import Counter, Gauge, Histogram

RELAY_LEADS = Gauge("plumbline_relay_leads", "1 where this process relays its service's outbox", ["service"])
RELAYED = Counter("plumbline_relayed_events", "Events published from the outbox", ["service"])
OUTBOX_PENDING = Gauge("plumbline_outbox_pending", "Events that wait in the outbox", ["service"])
OUTBOX_OLDEST = Gauge(
    "plumbline_outbox_oldest_age_seconds", "Age of the oldest event in the outbox", ["service"]
)
INBOX_PARKED = Gauge("plumbline_inbox_parked", "Records that are parked", ["service"])
INBOX_WAITING = Gauge(
    "plumbline_inbox_waiting", "Records that wait behind a gap or a parked one", ["service"]
)
CONSUMER_LAG = Gauge(
    "plumbline_consumer_lag", "Records behind the end of a partition", ["service", "topic", "partition"]
)
RECEIVED = Counter("plumbline_received_records", "Records that were consumed", ["service", "topic"])
FINALIZED_TO_OUTCOME = Histogram(
    "plumbline_finalized_to_outcome_seconds",
    "Seconds from a finalized calibration to its recorded outcomes",
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300),
)
