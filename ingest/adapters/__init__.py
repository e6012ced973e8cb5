"""One SDK, one file; an SDK's exceptions become ours here."""
