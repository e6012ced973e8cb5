"""The stages of the pipeline, one small file each; `ingest.pipeline.order` says their order."""
