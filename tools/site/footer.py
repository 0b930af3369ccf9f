"""What stands at the end of each step's page, so that no author has to write it."""

from urllib.parse import quote

from tools.chain.steps import Step

# Where the site keeps the files that `code_pages` makes, in `docs/`.
FOLDER = "code"


def addresses(step: Step) -> dict[str, str]:
    """Give the addresses of a step's files, as seen from its page."""
    name = f"{FOLDER}/{step.name}"
    return {
        "browse": f"{name}.html",
        "diff": f"{name}-changes.html",
        "zip": f"{name}.zip",
    }


def anchor(path: str) -> str:
    """Give the place of a file on the page that shows the whole project."""
    return f"file/{quote(path)}"


def page_end(before: Step | None, step: Step) -> list[str]:
    """Give the end of a step's page as lines of Markdown.

    Its links are Markdown, so that a strict build stops at one that leads nowhere.
    """
    there = addresses(step)
    number = step.number
    terminal = (
        f", or in a terminal: `uvx nox -s diff -- {before.number} {number}`"
        if before
        else ""
    )
    return f"""

## Your project and this step {{ #your-project data-search-exclude="" }}

In a clone of the repository, with your own project in `~/mychat`, run:

```console
uvx nox -s check -- {number} ~/mychat
```

It tests a copy of your project and gives you a hint about what to do next. Your project
stays as it is.

- Add `--answer` to see how the file in question should be, or `--watch` to check again
  whenever you save a file.
- To see everything that still differs: `uvx nox -s diff -- {number} ~/mychat`
- To begin this step in a new folder: `uvx nox -s start -- {number} ~/mychat`
- To save a copy of your project and continue from our version of this step:
  `uvx nox -s rescue -- {number} ~/mychat`

You can also look at our version, or take it with you:

- [The whole project]({there["browse"]}) after this step, with the changed files marked
- [Everything that changes]({there["diff"]}) in this step{terminal}
- [The project as a zip]({there["zip"]})
""".split("\n")
