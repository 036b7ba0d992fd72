"""What an explainer is about: the competition of its run, in what it reads and in its words.

Read in this order:

    subject    the competition of a run, as the explainer needs to know it
    words      the texts of its page
    photo      a photograph or a colour picture -> an image as the networks know it
    examples   pictures to click on
"""
