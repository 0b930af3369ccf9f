from django.urls import path, re_path

from .views import ChecklistView

app_name = "checklist"

urlpatterns = [
    path("", ChecklistView.as_view(), name="index"),
    re_path(r"^(?P<owner>[^/\0]+)/$", ChecklistView.as_view(), name="shared"),
]
