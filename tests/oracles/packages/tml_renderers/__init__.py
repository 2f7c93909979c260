"""A stand-in for tml-renderers: the classes that the oracle uses, over bytes and a few markers."""
