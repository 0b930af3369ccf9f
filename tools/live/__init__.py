"""The last step, or a project of one's own, as a whole system on one machine.

What breaks or simulates it is here too. It imports `chain`, `servers`, and from
`learner` what finds a person's project; the sessions are `live` and `scale`.
"""
