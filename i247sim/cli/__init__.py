"""The command line: results on standard output, talk on standard error, one file per command.

``main`` is the entry, ``app`` the list of commands. What options they have stands in ``exercising``, ``afterwards``,
``for_authors``, ``for_deployments`` and ``for_engineers``; what one does in the file of its name, loaded when it runs.
Shared are ``screen`` (the two outputs), ``exits`` (the statuses), ``signs`` and ``matrix`` (how outcomes look) and
``narrate`` (an exercise as a story).
"""
