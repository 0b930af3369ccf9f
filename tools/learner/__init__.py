"""The commands with which learners begin, compare and save a project of their own.

It imports `chain`, and from `site` how a page chooses the piece of a file that it shows;
the sessions are `start`, `check`, `diff` and `rescue`.
"""
