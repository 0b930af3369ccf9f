"""The last step as a whole system on one machine, and what breaks or simulates it.

It imports `chain` and `servers`; the sessions are `live` and `scale`.
"""
