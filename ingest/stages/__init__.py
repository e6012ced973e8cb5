"""The stages of the pipeline, one small file each; `ingest.pipeline` says their order."""
