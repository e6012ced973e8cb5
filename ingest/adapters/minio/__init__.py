"""MinIO: the store, its set-up as root, its notification rule, signed requests. Nothing else imports minio or botocore."""
