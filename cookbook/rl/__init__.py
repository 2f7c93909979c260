"""Reinforcement learning: trajectories in, training data and metrics out.

Import what you need from the modules (`cookbook.rl.types`, `cookbook.rl.data_processing`, `cookbook.rl.metrics`, ...).
"""
