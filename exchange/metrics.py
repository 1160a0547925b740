"""What the operator measures, at /metrics in Prometheus' text format. Labels never hold ids of persons or firms.

Add the next figure here and count it where it happens.
"""

from prometheus_client import Counter, Gauge, Histogram

REQUESTS = Counter("exchange_requests_total", "HTTP requests answered", ["path", "status"])
SECONDS = Histogram("exchange_request_seconds", "Seconds to answer an HTTP request", ["path"])
NUMBERED = Counter("exchange_events_numbered_total", "Events given a position by this process")
REVIEWED = Counter("exchange_events_handled_total", "Events the trigger rules were asked about")
RELAYED = Counter("exchange_events_relayed_total", "Events a sink took from this process", ["sink"])
LAG = Gauge(
    "exchange_lag",
    "Events waiting: unnumbered, untriggered, untold, unchecked (confirmations), unnamed, unlogged, relay-…; failures",
    ["stage"],
)
IMPORTED = Counter("exchange_rows_imported_total", "Rows of imported files", ["kind", "outcome"])
