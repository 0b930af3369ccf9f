"""The files beside the pages, in `docs/code/`: each step's zip, diff and files."""
