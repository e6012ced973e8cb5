"""The words of the domain and its rules: plain data, no SDK, no database, no web framework."""
