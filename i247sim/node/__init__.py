"""A party's end of the network: what bureau and secretariat have in common.

``reception`` checks and opens what the hub sends (pure), ``store`` is the mailbox and outbox of one process
on disk, ``shell`` is the asyncio shell that seals, sends, resends and acknowledges. What a party *does* is
its core (``bureau``, ``secretariat``): ``handle(event, now) -> actions`` with the words of ``events`` and
``actions``.
"""
