"""python -m tests.support.windows        make the kit and say where it is
python -m tests.support.windows pin    note the hashes of the wheels that requirements.lock pins
"""

from __future__ import annotations

import sys

from tests.support.windows import recipe

if sys.argv[1:] == ["pin"]:
    recipe.pin()
else:
    print(recipe.kit().folder)
