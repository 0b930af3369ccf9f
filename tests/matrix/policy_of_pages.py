"""Runs among the tests of the last step, whose settings end as the page says."""

import pytest

POLICY = "default-src 'self'; img-src 'self' data:"
PAGES = ["/", "/chat/", "/chat/general/", "/checklist/", "/admin/login/"]


@pytest.mark.parametrize("path", PAGES)
def test_page_is_sent_with_the_policy(client, room, path):
    response = client.get(path)

    assert response.status_code == 200
    assert response.headers["Content-Security-Policy"] == POLICY


def test_page_of_a_mistake_while_debugging_may_style_itself(client, settings):
    settings.DEBUG = True

    response = client.get("/nowhere/")

    assert b"<style" in response.content
    assert "Content-Security-Policy" not in response.headers
