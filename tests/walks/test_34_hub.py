"""Walks of docs/34_hub.md."""


def test_run_says_what_to_do(stage, recorder):
    recorder.text("run.txt", stage.printed_by_run("34"))
