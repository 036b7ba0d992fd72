"""What images tell before any network is trained: copies among them, and how the test set differs.

Images come in, memory maps too; numbers come out. All results are the same every time.

Read in this order:

    reduction         images as small vectors of numbers, block by block
    gradients         where brightness rises, and in which direction
    near_duplicates   groups of images that are nearly the same
    adversarial       whether a classifier can tell test images from training images
"""
