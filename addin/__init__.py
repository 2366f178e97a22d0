"""Collecting residents' pension and medical insurance: rules, checks, merging, and their Excel shells."""

__version__ = "0.1.0"
