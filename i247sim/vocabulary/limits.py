"""Bounds on what travels. Sizes are checked before anything is allocated, in bytes unless the name says otherwise."""

from datetime import timedelta

MAX_BODY_BYTES = 4 * 1024 * 1024
"""The largest body before padding (4 MiB). A refusal names this limit."""
MAX_WIRE_BYTES = 6 * 1024 * 1024
"""The largest thing on any topic (6 MiB); the broker's own maximum is set to it."""
MAX_FANOUT_BYTES = 64 * 1024 * 1024
"""The largest product of copies and body size that one message may cause (64 MiB)."""
MAX_HEADER_BYTES = 16 * 1024
"""The largest header: 196 named addressees with key ids fit."""
MAX_HUB_PART_BYTES = 16 * 1024
"""The largest hub part: an audience of 196 with key ids fits."""
MAX_FRAME_BYTES = 1024 * 1024
"""The largest clear frame; a directory change with cards is the largest real one."""
MAX_ADDRESSEES = 256
"""How many parties one message may name."""
MIN_PADDED_BYTES = 2048
"""Bodies are padded to at least this, so that size does not tell a hit from a miss."""
MAX_LIFE = timedelta(days=90)
"""The longest life of a message that the hub accepts: so long must it remember ids."""
