"""Supervised fine-tuning: conversations in, training data and losses out.

Import what you need from the modules (`cookbook.supervised.common`, `cookbook.supervised.data`).
"""
