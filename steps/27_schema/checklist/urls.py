from django.urls import path
from django.views.generic import TemplateView

app_name = "checklist"

urlpatterns = [
    path("", TemplateView.as_view(template_name="checklist/index.html"), name="index"),
]
