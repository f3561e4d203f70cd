"""From an export file to rows of the workspace: read, map, check, dry run, commit, undo. Start at ``run.py``."""
