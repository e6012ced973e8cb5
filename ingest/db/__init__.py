"""Tables, migrations and all SQL, a file a concern.

A function here takes a connection and never commits: the caller owns the transaction.
"""
