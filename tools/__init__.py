"""The repository's own tools, a package for each need; the tutorial is `steps/` and `docs/`.

Which package may import which stands in `pyproject.toml`, and `nox -s lint` checks it.
"""
