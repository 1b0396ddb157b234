"""The console: pages for the instructor, the wall and the trainee's seat. It shows and asks; it decides nothing.

``guard`` stands before everything, ``sessions`` says who is signed in, ``app`` which page stands where. A page is a
file of ``pages`` and a template; ``shell`` is the frame around it, ``house`` what all share. ``frames`` and ``live``
are the socket. The exercise is seen and acted on through ``exercise.port``.
"""
