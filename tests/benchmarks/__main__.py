"""Runs every benchmark and prints its ratio."""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.benchmarks import door, importing, invoicing, opening, reporting, serving, starting

for module in (starting, opening, importing, invoicing, serving, reporting, door):
    with tempfile.TemporaryDirectory(prefix="calm-bench-") as folder:
        for ratio in module.measure(Path(folder)):
            print(ratio, flush=True)
