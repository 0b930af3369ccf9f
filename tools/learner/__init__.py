"""The commands with which learners begin, compare and save a project of their own.

It imports `chain` alone; the sessions are `start`, `check`, `diff` and `rescue`.
"""
