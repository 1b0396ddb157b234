"""Moving opaque bytes between named places. Knows addresses, not police work.

``port`` is the whole contract; a *link* is one party's connection, a *broker* is what links meet at.
``memory`` is a complete broker inside the process (tests, virtual time), ``embedded`` starts and stops the
one that comes with the package, ``mqtt`` is the link to any MQTT broker and the only file that imports
the MQTT library. ``faults`` wraps any link. ``supervise`` starts child processes that never outlive us.

Nothing here is reliable, and nothing needs to be: a message may be lost, or come twice, whenever a link
goes down. What must arrive is sent again by those who sent it, until a signed receipt is there.
"""
