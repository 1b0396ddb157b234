"""Keys, certificates, sealed envelopes and clear frames. Bytes in, verified facts out.

The only package that imports the cryptography library. Five ideas:

* Keys are looked up by (party, key id, simulated time) in a ``trust.Trust``, never taken from a message.
* ``envelope`` reads and verifies sealed messages and cannot open any; ``sealing`` closes and opens them and is
  never imported by what the hub imports (``envelope``, ``frames``, ``cards``, ``trust``).
* Bytes are verified as received. Nothing is encoded again to check a signature.
* Whatever the bytes are, only ``FormatError`` and ``TrustError`` come out.
* Keys, ids and nonces are drawn from the system, never from a scenario's seed.

``authority`` issues, with ``certifying`` and ``cards``; ``keys`` and ``keyfiles`` hold; ``trust`` believes. ``tls`` and
``revocation`` are for brokers. Byte by byte: ``docs/wire.md``.
"""
