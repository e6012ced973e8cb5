"""Upkeep: what no event and no message brings. The bucket walked and compared, rows put right, erasing, rebuilding."""
