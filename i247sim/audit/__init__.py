"""The evidence log: an append-only Merkle tree over entries in the hub's SQLite database.

What can be proven with it: that a newer log continues an older one (consistency), and that the hub said so
(checkpoints, cosigned by the bureaus). That one entry is in the log, whoever has the whole log sees by reading it:
so there are no proofs of inclusion. What an entry *means* is not known here: entries are bytes
(``vocabulary.entries``). Signing and verifying come in as callables, so that this package holds no key and no
cryptography beyond SHA-256.

Start with ``tree`` (the mathematics), then ``checkpoint`` (the signed text), ``log`` (the tables)
and ``verify`` (the check that a stranger makes afterwards). ``durable`` has what was committed synced beside the event
loop; mailboxes need the same (``node.store``).
"""
