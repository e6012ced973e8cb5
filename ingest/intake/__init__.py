"""Intake: the one door through which objects become rows, and what knocks there."""
