"""What is built is built from the repository: by the notice in force in the package, whatever is set on this PC.

A script that builds imports this before anything of addin.
"""

import os
from pathlib import Path

_NOTICES = Path(__file__).resolve().parent.parent / "addin" / "notices"
os.environ.setdefault("LIANGXIAN_NOTICE", (_NOTICES / "in_force.txt").read_text(encoding="utf-8").strip())
