"""Moving opaque bytes between named places. Knows addresses, not police work.

``port`` is the whole contract; a *link* is one party's connection, a *broker* is what links meet at.
``memory`` is a complete broker inside the process (tests, virtual time), ``embedded`` starts and stops the
one that comes with the package, ``mqtt`` is the link to any MQTT broker and the only file that imports
the MQTT library (``bundle``: several payloads in one packet). ``topics`` says who may do what on which topic, and
``configure`` says it to a broker, our own or an ``external`` one. ``faults`` wraps any link. ``supervise`` (with
``keeper``) starts child processes that never outlive us; ``control`` is the line to them.

Nothing here is reliable, and nothing needs to be: a message may be lost, or come twice, whenever a link
goes down. What must arrive is sent again by those who sent it, until a signed receipt is there.
"""
