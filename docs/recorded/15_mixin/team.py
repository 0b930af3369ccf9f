class TeamConsumer(ChecklistConsumer):
    receiver_classes = (TeamReceiver,)
