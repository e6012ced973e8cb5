"""Commands as a person runs them, against the test stack."""
