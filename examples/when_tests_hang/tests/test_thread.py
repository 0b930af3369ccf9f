from channels.testing import WebsocketCommunicator

from chat.consumers import GateConsumer, PatientGateConsumer


async def pass_gate(consumer):
    waiting, other = (WebsocketCommunicator(consumer.as_asgi(), "/") for _ in range(2))
    await waiting.connect()
    await other.connect()
    await waiting.send_json_to("wait")
    await other.send_json_to("open")
    return await waiting.receive_json_from()


# --8<-- [start:broken]
async def test_broken():
    assert await pass_gate(GateConsumer) == {"open": True}


# --8<-- [end:broken]


# --8<-- [start:mended]
async def test_mended():
    assert await pass_gate(PatientGateConsumer) == {"open": False}


# --8<-- [end:mended]
