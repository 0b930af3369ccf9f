"""Runs the steps' own tests, each suite in a copy of its step.

It imports `chain` and `servers`; the session is `tests`.
"""
