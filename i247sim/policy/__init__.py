"""Who may send what, and who may receive it: the network's rules as Cedar policies, and what is built on them.

Pure: no clock, no I/O beyond reading the packaged rules, no keys. Start with ``facts`` (what a rule may look at),
then ``rules/*.cedar`` (the rules themselves, to be read as text), then ``engine`` (deciding). ``statements`` turns
what owners bar and receivers decline into facts, ``explain`` says why to those who may know, ``lint`` checks a
scenario's own rules. Five ideas: a forbid anywhere wins; no permit means no; an error means no; the first failing
step gives the code; what holds for a parent holds for its children.
"""
