from django.urls import path
from django.views.generic import TemplateView

from .events import events
from .polling import tasks

urlpatterns = [
    path("", TemplateView.as_view(template_name="tasks.html")),
    path("tasks/", tasks),
    path("events/", events),
]
