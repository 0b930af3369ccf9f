            case "typing.start" | "typing.stop":
                frame = {"type": content["type"], "user": self.user.get_username()}
                self.tell(content["type"], self.encode_json(frame))
