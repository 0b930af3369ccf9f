"""Merges a change of one step into all later steps."""
