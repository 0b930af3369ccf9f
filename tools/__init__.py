"""The repository's own tools: the chain of steps, what changes in it, and its proof."""
