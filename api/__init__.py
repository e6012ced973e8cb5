"""The HTTP API: presigned URLs, task status, documents, search."""
