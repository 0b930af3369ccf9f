"""Runs a step's tests on a copy of a project, and says what holds and what to read."""
