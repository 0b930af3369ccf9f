    path(
        "",
        ListView.as_view(model=Task, template_name="checklist/index.html"),
        name="index",
    ),
