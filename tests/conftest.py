"""Checks of the repository: no database, no Odoo server, a few seconds.

What lies in folders below needs a served database and is started by setup/test.
"""

import gc
import sys
from pathlib import Path

# what was parsed is kept until the end, and has no cycles worth looking for
gc.disable()
sys.path.insert(0, str(Path(__file__).parents[1] / "setup"))
sys.dont_write_bytecode = True

collect_ignore_glob = ["*/*"]
