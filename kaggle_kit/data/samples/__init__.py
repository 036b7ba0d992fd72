"""The embedded samples: data that need no account and no network.

digits    1,797 digits of scikit-learn, as the CSVs of digit-recognizer, and as pictures
letters   2,990 letters in colour, drawn with fonts, as PNG files
"""
