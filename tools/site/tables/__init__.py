"""The tables of the site, made from the pages and recordings of all steps."""
