"""i247sim: a secure police network of the I-24/7 kind, simulated on one laptop.

Every simulated National Central Bureau signs and encrypts its messages and sends
them over an MQTT broker. A hub that holds no decryption key decides, per addressee
and on the clear signed header alone, who may receive what. All persons, documents
and cases are fictional.

The house has floors; imports go down only, and names beside ``|`` do not import
each other (import-linter checks it in the test run, see ``pyproject.toml``)::

    5  cli
    4  console                                   pages for instructor, wall and trainee
    3  exercise                                  scenario, conductor, assembly, evidence
    2  hub | bureau | secretariat                who decides, answers, reviews (pure cores)
    1b node                                      a party's end of the network
    1  security | policy | transport | audit     one outside library, one place
    0  vocabulary | clock                        words everybody shares; pacing
"""

__version__ = "0.1.0"
