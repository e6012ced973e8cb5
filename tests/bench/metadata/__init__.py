"""Office letters made with their labels, and how many fields of them are read: `make bench-metadata`.

Nothing here knows the rules that read: no pattern and no list of words is shared with `ingest.describing`.
"""
