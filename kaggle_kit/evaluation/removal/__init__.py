"""Take parts of an image away, and see what the networks then say.

Read in this order:

    baselines        what is left of an image when everything is taken away
    parts            the pixels or patches of an image that are taken away
    counterfactual   the parts without which the answer changes
"""
