"""The general secretariat, an addressee like others: it reads only what is sealed to it.

``desk`` reviews (as the reviewer, a party of its own) and publishes notices, ``databases`` holds records
and answers queries, ``core`` ties both to ``handle(event, now) -> actions``. The shell is ``node.shell``.
"""
