"""For all tests: no test is timed (a busy machine is no failure), and property tests draw the same examples each time.

A suite that fails once in a hundred runs teaches to press the button again. To look for more, draw afresh:
``pytest --hypothesis-profile=explore``.
"""

from hypothesis import settings

settings.register_profile("steady", deadline=None, derandomize=True)
settings.register_profile("explore", deadline=None)
settings.load_profile("steady")
