"""What rules stand on: memories of devices, cells and places, counts of what is usual, and plans.

Each module belongs to one rule or serves several; none knows a rule. What a rule observes, and what
it makes of it, stands in `detectors/rules/`.
"""
