"""What was proved is not proved twice: results, kept under a hash of what they depend on.

It imports `chain` and `servers`; the sessions `chain`, `browser`, `load`, `faults`, `attacks`
run through it, `tests` and `site` keep their results here, `times` shows what each took.
"""
