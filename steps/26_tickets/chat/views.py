from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db import transaction
from django.views.generic import CreateView, DetailView

from core.shares import check_share

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

    @transaction.atomic
    def form_valid(self, form):
        users = get_user_model().objects.select_for_update()  # one room at a time
        form.instance.owner = users.get(pk=self.request.user.pk)
        try:
            check_share(form.instance.owner.room_set, settings.MOST_ROOMS, "rooms")
        except ValidationError as error:
            form.add_error("name", error)
            return self.form_invalid(form)
        return super().form_valid(form)


class RoomView(DetailView):
    """The page of one room: its script opens the room's socket."""

    model = Room
    slug_field = slug_url_kwarg = "name"
    template_name = "chat/room.html"
