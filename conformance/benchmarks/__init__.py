"""Measurements that are run by hand: each module prints what it measured. No test depends on them."""
