from django.http import HttpResponse, JsonResponse

from .models import add_task, all_tasks


def tasks(request):
    if request.method == "POST":
        add_task(request.POST["name"])
        return HttpResponse(status=204)
    return JsonResponse({"tasks": all_tasks()})
