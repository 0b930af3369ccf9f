from rest_framework.permissions import BasePermission


class IsEditor(BasePermission):
    """Readers look on; the owner and the editors change what is in the list."""

    message = "You may read this list, but not change it."

    def has_permission(self, request, view):
        return view.role in ("owner", "editor")


class IsOwnerOrSelf(BasePermission):
    """The owner decides who shares the list, and whoever shares it may leave."""

    message = "Only its owner decides who shares this list."

    def has_permission(self, request, view):
        return view.role == "owner" or view.action == "delete"

    def has_object_permission(self, request, view, member):
        return view.role == "owner" or member.user == request.user
