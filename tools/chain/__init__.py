"""The steps, their files and pages, and what changes between them, as git sees it.

It imports none of the other packages, which all stand on it, and every session uses it.
"""
