"""Steps from one registry schema to the next, run by Alembic when a registry is opened."""
