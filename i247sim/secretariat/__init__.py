"""The general secretariat, an addressee like others: it reads only what is sealed to it.

``core`` is ``handle(event, now) -> actions`` and hands everything to the desk whose subject it is: ``queries`` over
``databases``, ``notices``, ``diffusions``. ``office`` is what all desks share. ``reviewer`` is a party of its own and
checks requests with ``review``. The shell of both is ``node.shell``.
"""
