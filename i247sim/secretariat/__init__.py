"""The general secretariat, an addressee like others: it reads only what is sealed to it.

``core`` is ``handle(event, now) -> actions`` and hands everything to the desk whose subject it is: ``notices``,
``diffusions``, ``queries`` and ``entries`` over ``databases``, ``examinations`` and ``corrections``, ``measures``,
``files`` (for the Commission), ``command_centre``. ``office`` is what all desks share. The other modules know one thing
each, without a desk: ``matching``, ``hits``, ``lives``, ``screening``, ``wording``. ``reviewer`` (with ``review``) and
``commission`` are parties of their own. The shell of all three is ``node.shell``.
"""
