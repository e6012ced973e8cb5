"""The composition root: settings in, adapters out. One new adapter is one line in here."""
