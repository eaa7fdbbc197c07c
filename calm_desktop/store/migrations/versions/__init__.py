"""One module for each revision of the tables; a released one never changes."""
