"""The commands that open a step in front of a class, or bring all steps to its room.

It imports `chain` and `servers`; the sessions are `run`, `manage`, `wheels` and `export`.
"""
