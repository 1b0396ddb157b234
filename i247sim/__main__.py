"""``python -m i247sim``: the same as the ``i247sim`` command."""

from i247sim.cli.main import main

if __name__ == "__main__":
    main()
