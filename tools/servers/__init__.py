"""Real servers for one run, gone with it: a step's own, Redis, PostgreSQL.

It imports `chain` alone; no session enters it, whatever runs something uses it.
"""
