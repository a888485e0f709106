"""The migrations in order. Each stands alone: it imports nothing from the schema of today."""
