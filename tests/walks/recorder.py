"""Write what the pages show, or compare it with what the running step shows now."""

import io
import re
from base64 import b64encode
from difflib import ndiff
from hashlib import md5
from pathlib import Path

from PIL import Image, ImageChops
from PIL.PngImagePlugin import PngInfo
from playwright.sync_api import Browser

from tests.walks.film import SCHEMES, Film, check
from tests.walks.stage import Person

# Fonts differ from machine to machine: what a picture says is compared to the letter,
# how it looks with this tolerance.
TIME = re.compile(r"\d+/\d+/\d{4}, \d+:\d\d:\d\d.[AP]M")
NOON = (
    "document.querySelectorAll('[data-time]').forEach(e => e.dataset.time = '12:00 PM')"
)
# When a frame was written, and the ping of a page's clock, differ from run to run.
MOMENT = re.compile(r'(?<=")\d{4}-\d\d-\d\dT[\d:.]+(?=(Z|\+00:00)")')
# Pages make up their ids, other ones each time.
FRAME_ID = re.compile(r'(?<="frame_id":)( ?")([0-9a-f]{32})(?=")')
PINGS = ('→ {"type":"ping"}', '← {"type": "pong"')
DIFFERENT_COLOUR = 48
DIFFERENT_SHARE = 0.08

FRAME = """<!doctype html>
<style>
  html {{ background: {page} }}
  body {{ margin: 0; display: flex; gap: 16px; width: max-content }}
  figure {{ margin: 0; border-radius: 10px; overflow: hidden; border: 1px solid #8888 }}
  figcaption {{ padding: 6px 12px; background: {bar}; color: {text};
                font: 13px/18px system-ui, sans-serif; height: 18px }}
  img {{ display: block; width: {width}px }}
</style>
{windows}
"""
WINDOW = """<figure><figcaption>{title}</figcaption>
<img src="data:image/png;base64,{data}"></figure>"""
COLOURS = {
    "light": {"page": "#ffffff", "bar": "#e3e6ea", "text": "#333"},
    "dark": {"page": "#1e2129", "bar": "#2c3038", "text": "#ddd"},
}


class Recorder:
    """The recordings of one step, in a folder of `docs/recorded/`.

    With `write` they are written, without it each is compared with the file.
    """

    def __init__(self, folder: Path, write: bool):
        self.folder = folder
        self.write = write
        self.browser: Browser
        self.made: set[Path] = set()

    def text(self, name: str, text: str) -> None:
        """Record a transcript or printed output."""
        path = self._path(name)
        if self.write:
            path.write_text(text, "utf-8", newline="\n")
        else:
            assert text == path.read_text("utf-8"), f"{path.name}: record it anew?"

    def frames(self, name: str, people: dict[str, Person], pings: bool = False) -> None:
        """Record the frames of each person's socket, without pings and their answers."""
        blocks = [
            "\n".join(
                [
                    title,
                    *(
                        f"  {frame}"
                        for frame in person.frames
                        if pings or not frame.startswith(PINGS)
                    ),
                ]
            )
            for title, person in people.items()
        ]
        text = with_known_ids("\n\n".join(blocks) + "\n")
        self.text(name, without_moments(text))

    def answers(self, name: str, frames: list[str], answers: list[str]) -> None:
        """Record what each frame was answered."""
        pairs = zip(frames, answers, strict=True)
        blocks = [f"→ {frame}\n← {answer}" for frame, answer in pairs]
        self.text(name, without_moments("\n\n".join(blocks) + "\n"))

    def picture(self, name: str, people: dict[str, Person]) -> None:
        """Record the people's windows side by side, in light and in dark colours."""
        for person in people.values():
            person.page.evaluate(NOON)
        state = "\n\n".join(
            f"{title}\n{person.page.locator('body').aria_snapshot()}"
            for title, person in people.items()
        )
        state = TIME.sub("(a time)", state)
        for scheme in SCHEMES:
            path = self._path(f"{name}-{scheme}.png")
            self._image(path, self._windows(people, scheme), state)

    def film(self, people: dict[str, Person]) -> Film:
        """Give a film of the people's windows, to be shot and then passed to `films`."""
        return Film(people, self._windows if self.write else None)

    def films(self, name: str, film: Film) -> None:
        """Record a film, and its end as the picture that stands for it.

        The picture is compared with the running step; the film, which differs from one
        run to the next in each letter's moment, only with the picture.
        """
        self.picture(name, film.people)
        for scheme in SCHEMES:
            path = self._path(f"{name}-{scheme}.webp")
            if self.write:
                film.save(scheme, path)
            check(path, path.with_suffix(".png"))

    def _windows(self, people: dict[str, Person], scheme: str) -> Image.Image:
        """Take the people's windows side by side, in one scheme of colours."""
        windows = ""
        for title, person in people.items():
            person.page.evaluate(NOON)
            person.page.emulate_media(color_scheme=scheme)
            data = b64encode(person.page.screenshot(caret="hide")).decode()
            windows += WINDOW.format(title=title, data=data)
        width = person.page.viewport_size["width"]
        html = FRAME.format(windows=windows, width=width, **COLOURS[scheme])
        return self._screenshot(html)

    def finish(self) -> None:
        """Delete recordings that nothing makes any more, or fail because of them."""
        stray = {path for path in self.folder.glob("*") if path not in self.made}
        if self.write:
            for path in stray:
                path.unlink()
        else:
            assert not stray, f"nothing makes these recordings: {sorted(stray)}"

    def _path(self, name: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        self.made.add(path)
        assert self.write or path.exists(), (
            f"no recording {path}: nox -s browser -- --record"
        )
        return path

    def _screenshot(self, html: str) -> Image.Image:
        context = self.browser.new_context(device_scale_factor=2)
        page = context.new_page()
        page.set_content(html)
        size = page.locator("body").bounding_box()
        page.set_viewport_size(
            {"width": int(size["width"]), "height": int(size["height"])}
        )
        data = page.locator("body").screenshot()
        context.close()
        return Image.open(io.BytesIO(data)).convert("RGB")

    def _image(self, path: Path, image: Image.Image, state: str) -> None:
        if self.write:
            info = PngInfo()
            info.add_itxt("state", state)
            small = image.quantize(256, dither=Image.Dither.NONE)
            small.save(path, pnginfo=info, optimize=True)
            return
        with Image.open(path) as recorded:
            was = recorded.text["state"]
            changed = "\n".join(ndiff(was.split("\n"), state.split("\n")))
            assert state == was, f"{path.name}: record it anew?\n{changed[-1500:]}"
            assert image.size == recorded.size, f"{path.name}: of another size"
            share = _difference(image, recorded.convert("RGB"))
        assert share < DIFFERENT_SHARE, f"{path.name}: {share:.1%} of it look different"


def without_moments(text: str) -> str:
    """Replace the times in frames, however they are written, by one noon."""
    return MOMENT.sub("2026-11-22T12:00:00", text)


def with_known_ids(text: str) -> str:
    """Give each id that a page made up another one, the same in each recording."""
    known: dict[str, str] = {}

    def know(found: re.Match) -> str:
        number = known.setdefault(found[2], str(len(known)))
        return found[1] + md5(number.encode(), usedforsecurity=False).hexdigest()

    return FRAME_ID.sub(know, text)


def _difference(one: Image.Image, other: Image.Image) -> float:
    """Give the share of the pixels whose colours are clearly different."""
    difference = ImageChops.difference(one, other)
    counts = difference.convert("L").histogram()
    return sum(counts[DIFFERENT_COLOUR:]) / sum(counts)
