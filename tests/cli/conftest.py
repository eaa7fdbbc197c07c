"""What several tests of the command line begin with."""

from __future__ import annotations

from tests.command_line import CommandLine, told_once


@told_once
def april(calm: CommandLine) -> None:
    """Acme's licence of 100.00 for April and May; April is invoiced: INV-000001."""
    calm("product", "add", "Licence", "--code", "LIC", "--price", "100")
    sale = ("sell", "--create", "--account", "Acme", "--product", "LIC", "--quantity", "1", "--start", "2022-04-01")
    calm("--today", "2022-03-20", *sale, "--term", "2")
    calm("invoice", "--through", "2022-04-01")
