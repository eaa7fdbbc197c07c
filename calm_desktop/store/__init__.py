"""The store: tables, migrations, opening, checking and copying of the database."""
