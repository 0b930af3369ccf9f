"""A picture that moves: people's windows side by side while they do something together."""

from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image, ImageChops

from tests.walks.stage import Person

SCHEMES = ("light", "dark")
LETTER = 80  # milliseconds that each letter of a typed text is seen
MOST_BYTES = 400 * 1024


@dataclass
class Film:
    """The frames of a loop, in light and in dark colours; they are taken by `shoot`.

    `take` gives the windows in one scheme as an image, None where nothing is recorded.
    """

    people: dict[str, Person]
    take: callable
    frames: dict[str, list[Image.Image]] = field(default_factory=dict)
    times: list[int] = field(default_factory=list)

    def shoot(self, milliseconds: int) -> None:
        """Take the windows as they are now, to be seen for some time."""
        if self.take is None:
            return
        self.times.append(milliseconds)
        for scheme in SCHEMES:
            self.frames.setdefault(scheme, []).append(self.take(self.people, scheme))

    def rest(self) -> None:
        """Let nobody be about to type."""
        for person in self.people.values():
            person.page.evaluate("document.activeElement.blur()")

    def type(self, person: Person, text: str) -> None:
        """Let a person type a message letter by letter, and send it."""
        self.rest()
        person.page.get_by_label("Message", exact=True).focus()
        for letter in text:
            person.page.keyboard.type(letter)
            self.shoot(LETTER)
        person.page.keyboard.press("Enter")
        self.rest()

    def save(self, scheme: str, path: Path) -> None:
        """Write the loop of one scheme; each frame holds only what differs."""
        first, *others = self.frames[scheme]
        first.save(
            path,
            save_all=True,
            append_images=others,
            duration=self.times,
            loop=0,
            lossless=True,
            method=6,
            minimize_size=True,
        )


def check(path: Path, still: Path) -> None:
    """Fail where a loop does not move, is heavy, or ends unlike its still."""
    assert path.stat().st_size < MOST_BYTES, f"{path.name} is too heavy"
    with Image.open(path) as loop, Image.open(still) as end:
        assert loop.n_frames > 1, f"{path.name} does not move"
        loop.seek(loop.n_frames - 1)
        last, end = loop.convert("RGB"), end.convert("RGB")
        assert last.size == end.size, f"{path.name}: of another size than {still.name}"
        difference = ImageChops.difference(last, end).convert("L").histogram()
    share = sum(difference[48:]) / sum(difference)
    assert share < 0.01, f"{path.name}: {share:.1%} of its end differ from {still.name}"
