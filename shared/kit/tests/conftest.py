"""Makes the sample package importable: a schema with the kit's own tables."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "sample"))
