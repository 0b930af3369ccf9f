"""Follows the built pages, whatever built them: they make the steps, and no link is dead.

It imports `chain` alone, never `site`, whose work it proves; the session is `docs`.
"""
