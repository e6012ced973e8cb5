"""Receives MinIO's bucket notifications."""
