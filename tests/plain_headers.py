"""Headers of messages that nobody seals: for tests of what reads headers and knows no keys."""

from datetime import UTC, datetime, timedelta

from i247sim.vocabulary.kinds import CHANNEL_OF, Kind
from i247sim.vocabulary.messages import Header

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
"""When the worlds of most tests begin."""
KEY = "0" * 16


def plain_header(
    sender: str,
    to: tuple[str, ...],
    /,
    kind: str = Kind.INFO_REQUEST,
    number: int = 1,
    created: datetime = NOON,
    **fields: object,
) -> Header:
    """A good header of the ``number``th message of ``sender``, but for what ``fields`` change."""
    values = {
        "suite": "i247-1",
        "run": "0" * 12,
        "id": f"{number:032x}",
        "from": sender,
        "signing_key": KEY,
        "to": tuple({"party": one, "key": KEY} for one in to) or None,
        "channel": CHANNEL_OF[Kind(kind)][0],
        "kind": kind,
        "purpose": "case-support",
        "own_ref": f"{sender}-2026-{number:06d}",
        "created": created,
        "expires": created + timedelta(days=1),
        "padded_size": 2048,
    }
    return Header.model_validate({**values, **fields})
