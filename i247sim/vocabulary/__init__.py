"""The words: frozen values that every other package shares.

No I/O beyond reading the packaged table of members, no clock, no randomness. Start with
``messages`` (the header and what may stand in it), ``decisions`` (codes and verdicts),
``frames`` (what is said in clear), ``entries`` (what the log states). ``parties`` and ``directory`` say who takes part,
``kinds`` and ``contents`` what is written, ``records`` and ``queries`` what is kept and asked, ``statements`` what is
barred; ``codec`` is the one way to bytes and back, ``limits`` bounds them.
"""
