"""Statistics that need floating point: the only place of this service's domain where numpy and scipy are allowed.

Both are imported inside the functions that need them, so that the commands that do not start without them.
"""
