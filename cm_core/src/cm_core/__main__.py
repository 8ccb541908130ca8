"""``python -m cm_core`` is ``cm``."""

import sys

from cm_core.cli import main

sys.exit(main())
