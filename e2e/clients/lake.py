"""What is in the lake, worked out from the dataset's file alone."""

import csv
import os
from datetime import datetime, timezone
from decimal import Decimal

BUCKET = os.environ["BUCKET"]
DATABASE = os.environ["DATABASE"]
TOPIC = os.environ["TOPIC"]


class Tick:
    """A row of the dataset."""

    def __init__(self, row, sequence):
        self.text = row["Timestamp"]
        self.timestamp = datetime.strptime(self.text, "%Y-%m-%dT%H:%M:%S.%fZ")
        self.ns = int(self.timestamp.replace(tzinfo=timezone.utc).timestamp() * 1000 + 0.5) * 1_000_000
        self.symbol = row["Stock Symbol"]
        self.price = Decimal(row["Price"])
        self.volume = int(row["Volume"]) if row["Volume"] else None
        self.open, self.high = Decimal(row["Open Price"]), Decimal(row["High Price"])
        self.day = self.text[:10]
        self.sequence = sequence


def read():
    ticks, sequence = [], {}
    with open(os.environ["TICKS"], encoding="utf-8", newline="") as f:
        for row in csv.DictReader(f):
            if row["Price"] == "cheap":  # the one that is no tick
                continue
            sequence[row["Stock Symbol"]] = n = sequence.get(row["Stock Symbol"], 0) + 1
            ticks.append(Tick(row, n))
    return ticks


TICKS = read()
DAYS = sorted({t.day for t in TICKS})
SYMBOLS = sorted({t.symbol for t in TICKS})

COLUMNS = {
    "timestamp": "timestamp", "timestamp_ns": "bigint", "symbol": "string", "price": "decimal(18,9)", "volume": "bigint",
    "open": "decimal(18,9)", "high": "decimal(18,9)", "low": "decimal(18,9)", "venue": "string", "currency": "string",
    "sequence": "bigint", "extra": "string", "kafka_partition": "int", "kafka_offset": "bigint", "kafka_timestamp": "timestamp",
    "cut": "bigint",
}


def volumes():
    """The volume of each symbol."""
    return {s: sum(t.volume or 0 for t in TICKS if t.symbol == s) for s in SYMBOLS}


def plain(d):
    """A decimal in the lake's one form: the shortest."""
    return f"{d.normalize():f}"
