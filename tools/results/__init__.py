"""What was proved is not proved twice: results, kept under a hash of what they depend on.

It imports `chain` and `servers`; the sessions `chain`, `browser`, `load`, `faults` run through
it, `tests` and `site` keep their results here, and `times` shows what each took.
"""
