"""A process that cleans comments: ``python -m blog.exchange.cleaner``, for ``cleaning`` alone.

Each line that comes is a list of texts, each that goes the list of their safe HTML, as JSON. It
imports no more than cleaning needs, since several such processes stand beside an import.
"""

from __future__ import annotations

import gc
import json
import signal
import sys

from blog.markup import clean_comment_html


def main() -> None:
    """Answer each line until there is none any more."""
    # Ctrl+C reaches the whole group; only the importer itself shall answer it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # What is loaded by now stays: nothing of it need be looked at again for every comment.
    gc.freeze()
    for line in sys.stdin:
        sys.stdout.write(json.dumps(clean_texts(json.loads(line))) + "\n")
        sys.stdout.flush()


def clean_texts(texts: list[str]) -> list[str]:
    """The safe HTML of each of these comments."""
    return [clean_comment_html(text) for text in texts]


if __name__ == "__main__":
    main()
