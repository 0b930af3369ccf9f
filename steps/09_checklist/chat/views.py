from django.core.paginator import Paginator
from django.views.generic import CreateView, DetailView

from .models import Room


class IndexView(CreateView):
    """List the rooms; a POST makes a new one and goes there."""

    model = Room
    fields = ["name"]
    template_name = "chat/index.html"

    def get_context_data(self, **kwargs):
        pages = Paginator(Room.objects.all(), per_page=100)
        rooms = pages.get_page(self.request.GET.get("page"))
        return super().get_context_data(rooms=rooms, **kwargs)


class RoomView(DetailView):
    """The page of one room: its script opens the room's socket."""

    model = Room
    slug_field = slug_url_kwarg = "name"
    template_name = "chat/room.html"
