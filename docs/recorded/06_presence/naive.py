        self.tell("user.join")

    def disconnect(self, code):
        self.tell("user.leave")

    def tell(self, type):
        name = self.user.get_username()
        self.send_to_group(self.room.group_name, type, user=name)

    def user_join(self, event):
        self.send_json(event)

    user_leave = user_join
