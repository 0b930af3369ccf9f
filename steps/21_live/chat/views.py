from django.views.generic import CreateView, DetailView

from .models import Room


class IndexView(CreateView):
    """List the rooms; a POST makes a new one and goes there."""

    model = Room
    fields = ["name"]
    template_name = "chat/index.html"
    extra_context = {"rooms": Room.objects.all}


class RoomView(DetailView):
    """The page of one room: its script opens the room's socket."""

    model = Room
    slug_field = slug_url_kwarg = "name"
    template_name = "chat/room.html"
