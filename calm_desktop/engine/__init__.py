"""The engine: pure functions over frozen values; no clock, no float, no input or output."""
