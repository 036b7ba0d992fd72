"""The kit as one Kaggle notebook: the story, its build, and what Kaggle wants to know of it."""
