"""What the suites leave out is what costs time and proves nothing."""

import pytest

from tools.chain.git import git
from tools.chain.steps import Step, copy_step, find_step
from tools.suites import runner

LOOK = """
import pytest
from django.conf import settings
from django.contrib.auth.models import Permission, User
from django.contrib.contenttypes.models import ContentType


def test_password_is_hashed_at_once(db):
    user = User.objects.create_user("dave", password="open-sesame")
    assert user.password.startswith("md5$")
    assert user.check_password("open-sesame")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("time", ["first", "second"])
def test_content_type_comes_back_after_a_flush(time):
    found = ContentType.objects.get_for_model(User)
    assert ContentType.objects.filter(pk=found.pk).exists()


@pytest.mark.django_db(transaction=True)
def test_flush_makes_no_permissions():
    assert not Permission.objects.exists()
"""


@pytest.fixture
def looked(tmp_path):
    """Run the test above as one of a real step's."""
    copy_step(find_step("4"), tmp_path / "steps/01_login")
    root = tmp_path / "steps"
    (root / "01_login/tests/test_look.py").write_text(LOOK, "utf-8")
    git("init", "--quiet", cwd=tmp_path)
    return runner.run(Step(root / "01_login"), ["tests/test_look.py"])


def test_suites_hash_and_flush_quickly(looked):
    assert looked.code == 0, looked.output
    assert looked.counts["passed"] == 4


LAYERS = """
import pytest


@pytest.mark.parametrize("layer", ["memory", "redis"])
def test_layer(layer):
    assert layer


def test_without_a_layer():
    pass
"""


@pytest.mark.parametrize(
    ("variables", "count"), [({}, 3), ({"DATABASE_URL": "sqlite://:memory:"}, 2)]
)
def test_layer_in_memory_is_left_out_where_the_database_is_a_server(
    tmp_path, variables, count
):
    step = Step(tmp_path / "steps/01_layers")
    step.folder.mkdir(parents=True)
    (step.folder / "test_layers.py").write_text(LAYERS, "utf-8")
    git("init", "--quiet", cwd=tmp_path)

    outcome = runner.run(step, [], **variables)

    assert outcome.code == 0, outcome.output
    assert outcome.counts["passed"] == count
