import json
import logging

import httpx
from django.conf import settings

TLS = httpx.create_ssl_context()  # takes too long to be made for each answer
logging.getLogger("httpx").setLevel(logging.WARNING)  # it would log the address


async def words(question):
    """Give an answer word by word; an error has no text, for that could hold the key."""
    url = f"{settings.ANSWER_URL}/chat/completions"
    headers = {"Authorization": f"Bearer {settings.ANSWER_KEY}"}
    messages = [{"role": "user", "content": question.message.removeprefix("/ask ")}]
    body = {"model": settings.ANSWER_MODEL, "stream": True, "messages": messages}
    try:
        client = httpx.AsyncClient(headers=headers, verify=TLS, timeout=10)
        async with client, client.stream("POST", url, json=body) as response:
            response.raise_for_status()
            async for line in response.aiter_lines():
                if line == "data: [DONE]":
                    return
                if line.startswith("data:"):
                    for choice in json.loads(line[5:])["choices"]:
                        yield choice["delta"].get("content") or ""
    except Exception as error:
        raise RuntimeError(type(error).__name__) from None
    raise RuntimeError("The source ended in the middle of its answer.")
