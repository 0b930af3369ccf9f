from rest_framework.permissions import BasePermission


class IsEditor(BasePermission):
    """Readers look on; the owner and the editors change what is in the list."""

    message = "You may read this list, but not change it."

    def has_permission(self, request, view):
        return view.role in ("owner", "editor")
