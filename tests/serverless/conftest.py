"""Import the store.py of this folder, not the one that is the user's to write."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
