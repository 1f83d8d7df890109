"""``python -m ssedrill`` is ``ssedrill``."""

from ssedrill.cli import main

if __name__ == "__main__":
    main()
