"""Odoo's command line, started as a program of its own.

With several workers Odoo starts its websocket process by the name of the program that
runs; ``python -m odoo`` gives it a file that cannot be started alone.
"""

import gc
import sys

from odoo.cli.command import main

GARBAGE_THRESHOLDS = (50_000, 20, 20)
"""Objects made before Python looks for cycles, and how many looks make a deeper one.

By its own measure (700, 10, 10) Python spent 7 % of the time of Odoo's tests on that,
since each request makes some ten thousand records of short life (py-spy --native).
"""

if __name__ == "__main__":
    gc.set_threshold(*GARBAGE_THRESHOLDS)
    if "--test-tags" in sys.argv:
        import testing

        testing.quicken()
    main()
