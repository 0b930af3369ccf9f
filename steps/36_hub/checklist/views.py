from django.http import Http404
from django.views.generic import TemplateView

from .models import Membership


class ChecklistView(TemplateView):
    """The user's own list, or that of an owner who shares it."""

    template_name = "checklist/index.html"

    def get_context_data(self, owner=None):
        user = self.request.user
        shared = Membership.objects.filter(user=user)
        owners = shared.values_list("checklist__user__username", flat=True)
        if owner not in (None, user.get_username(), *owners):
            raise Http404("There is no such list.")
        return super().get_context_data(owner=owner, owners=owners)
