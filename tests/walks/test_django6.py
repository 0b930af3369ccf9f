"""Walk of docs/django6.md: the last step's pages work under the policy that it shows.

Django 5.2 has no middleware for the policy, so the step gets a small one.
"""

import pytest

from tools.chain.steps import ROOT, all_steps

LAST = all_steps()[-1].name
POLICY = "default-src 'self'; img-src 'self' data:"
URLS = 'ROOT_URLCONF = "core.urls"'
MIDDLEWARE = f"""
def policy(get_response):
    def with_policy(request):
        response = get_response(request)
        response.headers["Content-Security-Policy"] = "{POLICY}"
        return response

    return with_policy


MIDDLEWARE += ["core.settings.policy"]
{URLS}"""
# What the browser refuses, of all pages of a tab.
NOTE = """document.addEventListener("securitypolicyviolation", (event) => {
  const refused = `${event.violatedDirective}: ${event.blockedURI}\\n`;
  sessionStorage.refused = (sessionStorage.refused ?? "") + refused;
})"""
REFUSED = "() => sessionStorage.refused"
INLINE = """() => {
  const script = document.createElement("script");
  script.textContent = "document.title = 'inline'";
  document.head.append(script);
}"""


@pytest.fixture
def alice(stage):
    """Alice, whose browser obeys the policy, and notes what it refuses."""
    edits = {"core/settings.py": [(URLS, MIDDLEWARE)]}
    alice = stage.person(stage.serve(LAST, edits))
    alice.page.add_init_script(NOTE)
    return alice


def test_page_tells_the_policy_of_this_walk():
    page = (ROOT / "docs/django6.md").read_text("utf-8")

    assert f"`Content-Security-Policy: {POLICY}`" in page


def test_chat_works_under_the_policy(alice):
    alice.log_in("alice", "/chat/")
    alice.make_room("general")
    alice.wait_until_connected()
    alice.say("hello")
    alice.sees("hello")

    assert alice.page.evaluate(REFUSED) is None


def test_checklist_works_under_the_policy(alice):
    alice.open_checklist("alice")
    alice.add_task("Buy bread")
    alice.row("task", "Buy bread").wait_for()

    assert alice.page.evaluate(REFUSED) is None


def test_inline_script_is_refused(alice):
    alice.open_checklist("alice")
    alice.page.evaluate(INLINE)

    alice.page.wait_for_function(REFUSED)
    assert alice.page.evaluate(REFUSED).startswith("script-src-elem: inline")
    assert alice.page.title() != "inline"
