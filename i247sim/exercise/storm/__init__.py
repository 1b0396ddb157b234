"""Storms: whole networks under random stories and random faults, checked after every run, failures made short.

``story`` draws a scenario from a seed, ``weather`` the faults; ``play`` lets one happen in this process; ``checks``
says what is wrong with what it left behind; ``shrink`` makes a failing case short; ``campaign`` runs thousands.
``kills`` does the same to real processes with ``kill -9``, and ``soak`` holds a network under load for a long time.
"""
