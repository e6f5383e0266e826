"""`python -m blog` is the `blog` command."""

from __future__ import annotations

from blog.cli import main

if __name__ == "__main__":
    main()
