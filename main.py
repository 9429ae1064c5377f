"""Chainrule: `python main.py [FILE]` opens the window, `python main.py --help` lists the commands without one."""

from __future__ import annotations

import sys

if __name__ == "__main__":
    if sys.version_info < (3, 11):  # noqa: UP036  said before anything else is imported
        print("Chainrule needs Python 3.11 or newer; this is %d.%d." % sys.version_info[:2], file=sys.stderr)  # noqa: UP031
        sys.exit(3)
    from app.cli.main import main

    sys.exit(main(sys.argv[1:]))
