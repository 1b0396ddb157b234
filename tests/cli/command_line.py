"""The words that the tests of the command line share."""

import subprocess
from collections.abc import Callable
from dataclasses import dataclass

SCENARIO = """
title: Two letters
aim: For the tests of the command line.
participants:
  bureaus: [FR, BR, NO, KE]
restrictions:
  FR:
    - whom: NO
timeline:
  - at: T+0s
    label: letter
    note: A letter with two readers, one of them barred.
    send: {from: FR, kind: INFO_REQUEST, purpose: case-support, to: [BR, NO], subject: A fictional letter}
  - at: T+1h
    send: {from: BR, kind: INFO_REPLY, purpose: case-support, to: [FR], answers: letter, subject: A fictional answer}
expect:
  - says: Brazil reads the letter
    access: {message: letter, party: BR, is: opened}
"""
FAILING = (
    SCENARIO
    + """
  - says: Norway reads it too
    access: {message: letter, party: NO, is: opened}
"""
)


@dataclass(frozen=True)
class Said:
    """What a command printed, and its exit status."""

    status: int
    out: str
    err: str


Call = Callable[..., Said]
"""The command line in this process."""
Start = Callable[..., "subprocess.Popen[str]"]
"""The command line as a process of its own."""
