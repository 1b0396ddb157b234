"""A party's end of the network: what bureau and secretariat have in common.

``reception`` checks and opens what the hub sends (pure); ``taken`` says what that comes to. ``clerk`` files it, lays
it before the party's core and has ``writer`` sign and seal what the core decides. ``line`` sends that, and sends it
again; ``shell`` is the asyncio loop around them, and ``store`` the mailbox and outbox of one process on disk.
What a party *does* is its core (``bureau``, ``secretariat``): ``handle(event, now) -> actions`` with the words of
``events`` and ``actions``. ``witness`` remembers what the party was shown of the hub's log.
"""
