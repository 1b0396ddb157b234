"""One exercise: its scenario, the director that plays it, and the evidence that it leaves.

Start with ``scenario`` (the plan), ``transcript`` (what happened) and ``expectations`` (whether it was right).
"""
