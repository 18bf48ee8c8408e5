#!/usr/bin/python3
"""The other end of web_socket_test.cpp: a WebSocket server that is not ours, and a proxy, until standard input ends.

Prints the port of ws://, of wss:// (with the chain and key of the two files named) and of the proxy. What a connection
does goes by its path.
"""
import asyncio
import contextlib
import http
import json
import os
import ssl
import sys

import websockets


async def echo(socket):
    async for message in socket:
        await socket.send(message)


async def tell_request(socket):
    await socket.send(json.dumps({"path": socket.path, "headers": dict(socket.request_headers.raw_items())}))
    await socket.wait_closed()


async def close(socket):
    await socket.send("last")
    await socket.close(4001, "enough")


async def large(socket):
    await socket.send("x" * 1000)
    await socket.send("y" * 1001)
    await socket.wait_closed()
    seen.append(socket.close_code)


async def binary(socket):
    await socket.send(b"bytes")
    await socket.wait_closed()
    seen.append(socket.close_code)


async def ping(socket):
    await (await socket.ping())
    await socket.send("ponged")
    await socket.wait_closed()
    seen.append(socket.close_code)


async def tell_seen(socket):
    await socket.send(json.dumps(seen))


async def cut(socket):
    socket.transport.abort()


async def deaf(socket):
    socket.transport.pause_reading()
    await asyncio.sleep(3600)


async def quiet(socket):
    await socket.wait_closed()


async def wordless(socket):
    socket.transport.write(b"\x88\x00")  # a frame that closes, by hand
    await socket.wait_closed()


async def lingers(socket):
    socket.transport.pause_reading()
    socket.transport.write(b"\x88\x02" + (4001).to_bytes(2, "big"))
    await asyncio.sleep(3600)


class Protocol(websockets.WebSocketServerProtocol):
    answered = 0

    async def pong(self, data=b""):
        await super().pong(data)
        self.answered += 1
        if self.answered == 3 and self.path == "/pings":
            await self.send("three pings")


seen = []  # the codes by which the client closed
ACTS = {"/echo": echo, "/request": tell_request, "/close": close, "/large": large, "/binary": binary, "/ping": ping,
        "/seen": tell_seen, "/cut": cut, "/deaf": deaf, "/quiet": quiet, "/pings": quiet,
        "/wordless": wordless, "/lingers": lingers}


async def act(socket):
    with contextlib.suppress(websockets.ConnectionClosed):  # a client that just leaves
        await ACTS[socket.path.partition("?")[0]](socket)


async def refuse(path, headers):
    if path == "/refused":
        return http.HTTPStatus.FORBIDDEN, [("Content-Type", "text/plain")], b"no\n"
    if path == "/elsewhere":
        return http.HTTPStatus.FOUND, [("Location", "/echo")], b""
    return None


async def copy(reader, writer):
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.close()


async def proxy(reader, writer):
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    port = int(head.split()[1].rpartition(":")[2])
    there, back = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
    await asyncio.gather(copy(reader, back), copy(there, writer), return_exceptions=True)


async def main(chain, key):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, key)
    common = {"process_request": refuse, "ping_interval": None, "close_timeout": 1,
              "create_protocol": Protocol}
    plain = await websockets.serve(act, "127.0.0.1", 0, **common)
    encrypted = await websockets.serve(act, "127.0.0.1", 0, ssl=context, **common)
    through = await asyncio.start_server(proxy, "127.0.0.1", 0)
    ports = [str(each.sockets[0].getsockname()[1]) for each in (plain, encrypted, through)]
    print(" ".join(ports), flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


asyncio.new_event_loop().run_until_complete(main(*sys.argv[1:]))
os._exit(0)  # whatever still sleeps in a connection
