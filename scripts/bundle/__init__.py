"""What `scripts/build_bundle.py` puts together: the .cmd files that a clerk runs, and the choice of packages."""
