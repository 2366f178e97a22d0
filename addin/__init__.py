"""Collecting residents' pension and medical insurance: rules, checks, merging, and their Excel shells."""
