"""Wizards: plain drafts behind pages, reviewed by the code that commits."""
