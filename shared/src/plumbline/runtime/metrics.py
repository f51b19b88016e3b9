"""The Prometheus metrics that only the relay keeps; those of every process are in telemetry."""

from prometheus_client import Counter, Gauge

RELAY_LEADS = Gauge("plumbline_relay_leads", "1 where this process relays its service's outbox", ["service"])
RELAYED = Counter("plumbline_relayed_events", "Events published from the outbox", ["service"])
