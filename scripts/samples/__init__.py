"""Invented townships: families, what they paid, mistakes planted on purpose, and what must come out of it all.

In: a scale, a seed, a rate of mistakes. Out: workbooks in the template's layout, the truth (which finding must stand
at which cell) and the figures of the district. This is the oracle that the checks and the merge are measured against,
so the arithmetic is its own: it shares the table of columns and the template's form with the program, and nothing else.
"""
