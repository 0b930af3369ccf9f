        self.accept()
        self.send_list()
        time.sleep(3)
        self.join(self.group)
