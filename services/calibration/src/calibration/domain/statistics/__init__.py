"""Exact and large-sample procedures: integers and fractions until the last step, scipy only for tails.

scipy is imported inside the functions that need it, and only ``scipy.special``: ``scipy.stats`` alone takes two
seconds to import, more than every check together.
"""
