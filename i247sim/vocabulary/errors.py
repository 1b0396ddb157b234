"""The few error classes of the package.

A *refusal* is not an error: it is a ``decisions.Verdict``. A *bug* is an assertion.
Messages are lower case, without a full stop, with the user's own values in backticks.
"""


class I247Error(Exception):
    """Base of everything that this package raises on purpose."""


class FormatError(I247Error):
    """Bytes or text from outside do not have the form that is required (code ``E-FORMAT``)."""


class TrustError(I247Error):
    """A signature, certificate, key or seal does not hold (code ``E-SIGN`` or ``E-KEY``).

    ``code`` is the refusal code to answer with; the text is for the local log only.
    """

    def __init__(self, message: str, code: str = "E-SIGN") -> None:
        super().__init__(message)
        self.code = code


class InputError(I247Error):
    """Input from the user is wrong: a scenario, an option, a folder (exit status 2)."""


class NetworkFailed(I247Error):
    """The simulated network stopped making progress or a part of it died (exit status 3)."""


class EvidenceError(I247Error):
    """Evidence does not hold: names the first thing that is wrong."""
