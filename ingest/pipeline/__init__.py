"""The pipeline: what happens to a document once it is in. Read `order` first."""
