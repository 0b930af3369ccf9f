        if content.get("type") in ("typing.start", "typing.stop"):
            frame = {"type": content["type"], "user": self.user.get_username()}
            return self.tell(content["type"], self.encode_json(frame))
