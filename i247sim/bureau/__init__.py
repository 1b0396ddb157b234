"""One bureau: what its simulated duty officer does. ``core`` decides; the shell is ``node.shell``.

``core`` answers by the scenario's duties, and else hands on to ``desk``: four desks in one ``room``, one for each
subject (``owner``: others' hits on one's own records; ``holder``: one's own hits; ``inquiries``; ``warnings``).
``profile`` is what one country's law and house allow, ``clocks`` how long an answer may take.
"""
