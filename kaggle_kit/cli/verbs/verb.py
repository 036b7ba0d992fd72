"""The help text of a verb."""

from dataclasses import dataclass
from textwrap import fill

WIDTH = 80


@dataclass(frozen=True)
class Verb:
    """The help text of a verb.

    Attributes
    ----------
    summary : str
        Its line in the list of verbs.
    does, needs, leaves : str
        What it does, what it needs and what it writes; printed above its options.
    examples : dict of str to str
        The purpose of each example command; printed below its options.
    """

    summary: str
    does: str
    needs: str
    leaves: str
    examples: dict[str, str]

    @property
    def description(self) -> str:
        listed = (("needs", self.needs), ("writes", self.leaves))
        lines = [
            fill(text, WIDTH, initial_indent=f"{word + ':':<8}", subsequent_indent=" " * 8)
            for word, text in listed
        ]
        return "\n".join([fill(self.does, WIDTH), "", *lines])

    @property
    def epilog(self) -> str:
        lines = [f"  # {use}\n  {command}" for command, use in self.examples.items()]
        return "\n".join(["examples:", *lines])
