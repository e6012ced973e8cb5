"""Celery workers: the processes that run the pipeline."""
