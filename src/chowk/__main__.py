"""`python -m chowk` is the command line."""

from chowk.cli import main

if __name__ == "__main__":
    main()
