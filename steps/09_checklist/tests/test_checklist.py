import pytest
from django.core.exceptions import ValidationError

from checklist.models import Task


@pytest.fixture
def task(alice):
    return Task.objects.create(user=alice, name="Buy bread")


def test_page_lists_the_users_tasks_in_their_order(client, alice, task):
    Task.objects.create(user=alice, name="Bake a cake")

    text = client.get("/checklist/").text

    assert text.index("Buy bread") < text.index("Bake a cake")
    assert "Nothing to do." not in text


def test_page_without_tasks_says_so(client):
    assert "Nothing to do." in client.get("/checklist/").text


def test_page_hides_the_tasks_of_somebody_else(client, bob):
    Task.objects.create(user=bob, name="Buy a present for Alice")

    assert "present" not in client.get("/checklist/").text


def test_name_of_a_task_is_text_and_never_markup(client, alice):
    Task.objects.create(user=alice, name="<b>Buy</b> bread")

    assert "&lt;b&gt;Buy&lt;/b&gt; bread" in client.get("/checklist/").text


def test_change_is_on_the_page_that_is_asked_for_next(client, task):
    before = client.get("/checklist/").text
    task.name = "Bake a cake"
    task.save()

    assert "Buy bread" in before
    assert "Bake a cake" in client.get("/checklist/").text


@pytest.mark.parametrize("name", ["", "nul\0", "n" * 129])
def test_name_that_is_no_name_is_refused(alice, name):
    with pytest.raises(ValidationError):
        Task(user=alice, name=name).full_clean()


def test_tasks_go_with_their_user(alice, task):
    alice.delete()

    assert not Task.objects.exists()


@pytest.mark.parametrize("staff", [True, False])
def test_page_leads_those_who_may_to_the_admin(client, alice, staff):
    alice.is_staff = staff
    alice.save()

    assert ("/admin/checklist/task/" in client.get("/checklist/").text) is staff


def test_admin_makes_renames_and_deletes_a_task(admin_client, alice):
    url = "/admin/checklist/task/"
    admin_client.post(f"{url}add/", {"user": alice.pk, "name": "Buy bread"})
    task = Task.objects.get()
    assert (task.user, task.name) == (alice, "Buy bread")

    admin_client.post(f"{url}{task.pk}/change/", {"user": alice.pk, "name": "Bake"})
    assert Task.objects.get().name == "Bake"

    admin_client.post(f"{url}{task.pk}/delete/", {"post": "yes"})
    assert not Task.objects.exists()
