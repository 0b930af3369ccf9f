from django.urls import path, re_path

from .views import IndexView, RoomView

app_name = "chat"

urlpatterns = [
    path("", IndexView.as_view(), name="index"),
    re_path(r"^(?P<name>[^/\0]+)/$", RoomView.as_view(), name="room"),
]
