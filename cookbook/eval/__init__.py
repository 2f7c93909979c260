"""What is measured beside training.

Import what you need from the modules (`cookbook.eval.evaluators`).
"""
