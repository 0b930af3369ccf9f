import json

# Daphne sends no frame over 1 MiB.
SIZE = 500_000


def in_parts(rows):
    """Cut a list so that each part fits into one frame; no rows are one empty part."""
    parts, size = [[]], 0
    for row in rows:
        length = len(json.dumps(row))
        if parts[-1] and size + length > SIZE:
            parts.append([])
            size = 0
        parts[-1].append(row)
        size += length
    return parts
