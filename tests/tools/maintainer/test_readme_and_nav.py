"""The README's table and the site's navigation list the steps that have a page."""

import yaml

from tools.maintainer import readme_and_nav

NAV = "nav:\n  - Learn:\n      # steps: written\n      # /steps\n      - more.md\n"


def fill(repository):
    repository.write("README.md", "<!-- steps: written -->\n<!-- /steps -->\n")
    repository.write("mkdocs.yml", NAV)
    repository.edit("docs/02_second.md", "part: I", "part: II")


def test_navigation_has_the_steps_part_by_part(repository):
    fill(repository)

    readme_and_nav.fix(repository.root)

    nav = yaml.safe_load((repository.root / "mkdocs.yml").read_text("utf-8"))["nav"]
    assert nav[0]["Learn"] == [
        {"Part I": [{"1. First": "01_first.md"}]},
        {"Part II": [{"2. Second": "02_second.md"}]},
        "more.md",
    ]


def test_lists_that_are_right_stay_as_they_are(repository):
    fill(repository)

    assert len(readme_and_nav.wrong(repository.root)) == 2
    readme_and_nav.fix(repository.root)

    assert readme_and_nav.wrong(repository.root) == {}


def test_page_that_is_new_makes_the_lists_wrong(repository):
    fill(repository)
    readme_and_nav.fix(repository.root)

    repository.write("steps/03_third/manage.py", "")
    assert readme_and_nav.wrong(repository.root) == {}
    repository.write_page("03_third", "Text.")

    assert {path.name for path in readme_and_nav.wrong(repository.root)} == set(
        readme_and_nav.LISTS
    )
