from django.contrib import admin
from django.contrib.auth.views import LoginView, LogoutView
from django.urls import include, path
from django.views.generic import TemplateView
from rest_framework.authtoken.models import TokenProxy

from checklist.api import DocumentView, router
from checklist.schema import asyncapi, openapi

from . import views
from .health import health

# It would show the tokens, and keep them in its history.
admin.site.unregister(TokenProxy)

urlpatterns = [
    path("", TemplateView.as_view(template_name="home.html"), name="home"),
    path("chat/", include("chat.urls")),
    path("checklist/", include("checklist.urls")),
    path("api/", include(router.urls)),
    path("api/login", views.LoginView.as_view()),
    path("api/logout", views.LogoutView.as_view()),
    path("api/openapi", DocumentView.as_view(document=openapi)),
    path("api/asyncapi", DocumentView.as_view(document=asyncapi)),
    path("api/ticket", views.TicketView.as_view()),
    path("accounts/login/", LoginView.as_view(), name="login"),
    path("accounts/logout/", LogoutView.as_view(), name="logout"),
    path("admin/", admin.site.urls),
    path("health/", health, name="health"),
]
