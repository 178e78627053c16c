"""Fill a database with the demo company and its story: see --help."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from demo import load

if __name__ == "__main__":
    sys.exit(load.main(sys.argv[1:]))
