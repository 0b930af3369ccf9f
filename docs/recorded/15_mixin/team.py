from core.receivers import Receiver


class TeamReceiver(Receiver):
    entity = "team"


class TeamConsumer(ChecklistConsumer):
    receiver_classes = (TeamReceiver,)
