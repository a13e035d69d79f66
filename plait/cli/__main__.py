"""`python -m plait.cli`, which is also what the `plait` script runs."""

from plait.cli.app import main

if __name__ == "__main__":
    main()
