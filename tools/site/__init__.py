"""What MkDocs shows on the pages: blocks of changes and recordings, tables, headers.

It imports `chain` alone; `mkdocs.yml` names its blocks, for the sessions `docs` and `site`.
"""
