"""For all tests: no test is timed (a busy machine is no failure), and property tests draw the same examples each time.

A suite that fails once in a hundred runs teaches to press the button again. To look for more, draw afresh:
``pytest --hypothesis-profile=explore``.
"""

import os
from pathlib import Path

import pytest
from hypothesis import settings

WAITING = ("system", "console", "conformance", "cli", "house")
"""Folders of tests that start processes and wait for them: they come first, so that no worker is left alone with one of
them at the end.
"""


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """One more than there are cores: many tests wait, for a process to start or for a line to be sent again."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return cores + 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The folders of ``WAITING`` first; otherwise as they are found."""
    here = Path(__file__).parent

    def place(item: pytest.Item) -> int:
        folder = item.path.relative_to(here).parts[0]
        return WAITING.index(folder) if folder in WAITING else len(WAITING)

    items.sort(key=place)


settings.register_profile("steady", deadline=None, derandomize=True)
settings.register_profile("explore", deadline=None)
settings.load_profile("steady")
