"""One module a contender: each serves the same checklist."""
