"""The texts of the explainer's page, in the words of its competition."""

import json

from kaggle_kit.competition.description import Kind
from kaggle_kit.evaluation.removal.parts import patch_side
from kaggle_kit.explainer.subject.subject import SHOWN, Subject

API = """Any program can call the model, for example with `pip install gradio_client`:

```python
from gradio_client import Client, handle_file

client = Client("ADDRESS")  # the address of this page
client.predict(handle_file("{file}"), api_name="/predict")
# {{"label": {label}, "classes": [...], "probabilities": [...], "votes": [{label}, {label}, ...],
#  "doubts": [], "image": [[...], ...]}}
client.predict(handle_file("{file}"), api_name="/explain")
# {{"label": {label}, "classes": [...], "logits": [...], "base": [...], "values": {size},
#  "standard_error": {size}, "side": {side}, "orders": 64, "gap": 4e-04}}
```

`probabilities` are of `classes`, in that order. They are calibrated on the training images, each
read by the networks that were not trained on it: of those that get 90%, about nine in ten are read
correctly. The mean of all networks, which answers here, may differ. `logits` are as the networks
give them. `values` are estimates from `orders` random orders of the {parts}, each with its
`standard_error`. With `base` they add up to `logits`; `gap` is what is missing, as a share of the
range of `logits`, and says nothing about their noise."""
BEST = " `/explain` answers for the {shown} likeliest of the {classes} classes alone."
PATCHES = (
    " A value is of a patch of {side} x {side} pixels (fewer at the right and at the bottom), "
    "compared with {baseline}."
)
PRIVACY = "What you draw or send stays in memory, and is deleted within two minutes."


class Words:
    """The texts of the page of a subject, in plain text or Markdown.

    Attributes
    ----------
    one : str
        What is read.
    side : int
        The side of the patches that have values in an explanation, in pixels.
    is_pixels : bool
        Whether each pixel has its own value.
    part : str
        What has values: `ink` or `patches`.
    """

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        self.side = patch_side(subject.problem.image_shape)
        self.is_pixels = self.side == 1
        self.one = "digit" if subject.is_digit else "class"
        self.part = "ink" if self.is_pixels else "patches"

    @property
    def title(self) -> str:
        """The title of the page."""
        if self._subject.is_digit:
            return "Why that digit?"
        return f"{self._subject.title}: why that class?"

    @property
    def wanted(self) -> str:
        """What a picture should show, for advice about one that shows something else."""
        return "digit" if self._subject.is_digit else "character"

    @property
    def task(self) -> str:
        """What to do, and what happens then."""
        how = "pixel by pixel" if self.is_pixels else "patch by patch"
        return (
            f"{self.send} All networks of the chosen model read it, and the page shows\n"
            f"why, {how}. {PRIVACY if self._subject.is_drawn else PRIVACY.replace('draw or ', '')}"
        )

    @property
    def send(self) -> str:
        if self._subject.is_digit:
            return "Draw a digit or send a picture of one."
        if self._subject.is_drawn:
            return "Draw one, large, or send a picture of one."
        return "Send a picture."

    @property
    def nothing(self) -> str:
        """That there is nothing to read yet."""
        if self._subject.is_digit:
            return "No digit yet: draw one, send a picture, or take an example."
        return f"No picture yet: {'draw or send' if self._subject.is_drawn else 'send'} one."

    @property
    def no_reasons(self) -> str:
        return f"This part will show which {self.speaks} for and against each {self.one}."

    @property
    def speaks(self) -> str:
        return "ink speaks" if self.is_pixels else "patches speak"

    @property
    def chances(self) -> str:
        count = self._subject.problem.classes
        if count > SHOWN:
            return f"The {SHOWN} likeliest of {count} classes"
        return f"How likely each {self.one} is"

    @property
    def baseline(self) -> str:
        """With what an image is compared, for an explanation."""
        if self._subject.problem.kind == Kind.PHOTO:
            return "the same image, blurred"
        return "black paper" if self._subject.is_digit else "empty paper"

    @property
    def taken(self) -> str:
        """The networks' answer does not change, whatever is taken away."""
        return "Removing ink" if self.is_pixels else f"Replacing patches by {self.baseline}"

    def decisive(self, count: int) -> str:
        """The parts without which another class would win."""
        part = "pixel" if self.is_pixels else "patch"
        parts = "pixels" if self.is_pixels else "patches"
        return part if count == 1 else f"{count} {parts}"

    @property
    def api(self) -> str:
        """How programs call the model, as Markdown; the address is called ADDRESS."""
        problem = self._subject.problem
        rows, columns = (-(-length // self.side) for length in problem.size)
        label = 7 if self._subject.is_digit else self._subject.answer(0)
        text = API.format(
            file="seven.png" if self._subject.is_digit else "picture.png",
            label=json.dumps(label),
            size=f"{min(problem.classes, SHOWN)} x {rows} x {columns}",
            side=self.side,
            parts=self.part,
        )
        if problem.classes > SHOWN:
            text += BEST.format(shown=SHOWN, classes=problem.classes)
        return (
            text
            if self.is_pixels
            else text + PATCHES.format(side=self.side, baseline=self.baseline)
        )
