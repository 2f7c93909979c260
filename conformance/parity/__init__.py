"""Two directories of one run each, compared layer by layer: where did the first difference arise?"""
