"""Learning from preferences: pairs of answers in, the loss that prefers one of them out.

Import what you need from the modules (`cookbook.preference.types`, `cookbook.preference.dpo`, ...).
"""
