"""The exchange: routing and access, on the clear signed header alone. It holds no decryption key.

``state`` is the fold of the log's entries, ``admission`` says what is looked at, ``decide`` asks the rules, ``core`` is
``handle(event, now) -> actions`` and reaches every rule of the hub, ``streams`` is what waits for each party;
``service`` is the asyncio shell, ``sending`` what it says. No import path leads from here to the code that opens
bodies.
"""
