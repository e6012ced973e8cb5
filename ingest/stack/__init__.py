"""The embedded stack: PostgreSQL, Redis, MinIO and our own processes on one machine, under supervisor."""
