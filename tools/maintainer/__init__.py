"""The commands that change the chain of steps, or test it with other versions.

It imports `chain`, `proof` and `suites`; the sessions are `carry`, `new`, `matrix`, `lint`.
"""
