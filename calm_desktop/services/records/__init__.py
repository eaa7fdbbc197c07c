"""Records as programs see them: objects, their fields, queries, and what is done with them."""
