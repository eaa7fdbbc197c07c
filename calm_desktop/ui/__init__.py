"""The window: pages that ask, render and signal a wish; all of Qt lives here."""
