"""How stories are found: a selection goes in; rows, counts and reasons come out.

Only `derive` writes, and `popular` where it counts.
"""
