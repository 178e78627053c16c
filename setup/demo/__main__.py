"""Fill a database with the demo company and its story: see --help."""

import gc
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from demo import load

if __name__ == "__main__":
    # as Odoo's own command line has it here, see lib/launch
    gc.set_threshold(50_000, 20, 20)
    sys.exit(load.main(sys.argv[1:]))
