"""One exercise: its scenario, how it is conducted, and the evidence that it leaves.

Start with ``scenario`` (the plan), ``conduct`` (how it happens), ``transcript`` (what happened) and ``verify`` (whether
that is so). The rest by subject:

* the language: ``loader`` over ``strict_yaml``; verbs are classes (``acts``) in ``sending``, ``orders``, ``rulings``,
  ``faults``, ``machines``, ``attacks``, ``staging``, ``looking``; ``injects`` has them as data, ``claims`` is what can
  be expected; ``references``, ``analysis`` and ``check`` find mistakes;
* a run: ``session`` from file to folder; ``assembly`` builds the network, ``agenda`` and ``timeline`` know what is due,
  ``rest`` when time may move on, ``breaking`` what is broken, ``control`` and ``issuing`` what control does itself;
* a run without its network: ``rehearsal`` and ``rehearsed_*``, for ``check`` and ``forecast``;
* evidence: ``folder``, ``closing``, ``judge``, ``witnesses``, ``access``, ``scoreboard``, ``report``; read again by
  ``reading``, ``verify``, ``inspect`` and ``compare``;
* whoever looks on or acts: ``port`` (``attached`` to a run, ``finished``), ``seen``, ``commands``, ``seats``,
  ``steering``;
* how good it is: ``storm``, ``bench``.
"""
