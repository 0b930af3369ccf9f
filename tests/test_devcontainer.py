"""The dev container has what the proof needs. Nothing here builds it: that needs Docker."""

import json
import re

from tools.chain.steps import ROOT

FOLDER = ROOT / ".devcontainer"


def test_container_is_described_as_editors_read_it():
    described = json.loads((FOLDER / "devcontainer.json").read_text("utf-8"))

    assert (FOLDER / described["build"]["dockerfile"]).exists()
    assert "nox -s env" in described["postCreateCommand"]


def test_container_has_all_programs_that_ci_installs():
    installed = (FOLDER / "Dockerfile").read_text("utf-8").split()
    wanted = re.findall(
        r"missing\+=\(([\w-]+)\)", (ROOT / ".ci/run").read_text("utf-8")
    )

    assert {*wanted, "fonts-dejavu-core"} - {"python3-venv"} <= {*installed}
