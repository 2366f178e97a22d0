"""Parts of `scripts/build_bundle.py`: the .cmd files that a clerk runs, and the choice of packages."""
