"""Starts the program: `python -m calm_desktop`, or `calm-desktop` where it is installed."""

from __future__ import annotations

import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the words of the command line say (those of this process unless given); answers the exit code."""
    from calm_desktop.cli.app import run

    return run(sys.argv[1:] if arguments is None else arguments)


if __name__ == "__main__":
    sys.exit(main())
