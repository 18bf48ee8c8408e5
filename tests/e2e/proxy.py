"""A TCP proxy on the loopback address that can stop passing bytes on, as a broken network does."""
import asyncio
import threading


class Proxy:
    """Runs in a thread of its own until `close`."""

    def __init__(self, target_port, listen_port=0):
        self._target_port = target_port
        self._stalled = set()  # pipes that pass nothing on
        self._dark = False     # nor do new ones
        self._pipes = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._server = self._call(asyncio.start_server(self._accept, "127.0.0.1", listen_port))
        self.port = self._server.sockets[0].getsockname()[1]

    def stall(self):
        """Connections that stand now stay open and go silent. New ones work."""
        self._call(self._stall())

    def go_dark(self):
        """All connections stay open and go silent, new ones, too."""
        self._dark = True
        self.stall()

    def cut(self):
        """Ends all connections. New ones work."""
        self._dark = False
        self._call(self._cut())

    def close(self):
        self._server.close()
        self.cut()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _call(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(10)

    async def _stall(self):
        self._stalled |= self._pipes

    async def _cut(self):
        for pipe in list(self._pipes):
            pipe.cancel()
        self._stalled.clear()

    async def _accept(self, reader, writer):
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target_port)
        except OSError:
            writer.close()
            return
        for source, sink in ((reader, far_writer), (far_reader, writer)):
            pipe = self._loop.create_task(self._pass_on(source, sink))
            self._pipes.add(pipe)
            if self._dark:
                self._stalled.add(pipe)
            pipe.add_done_callback(self._pipes.discard)

    async def _pass_on(self, source, sink):
        try:
            while data := await source.read(65536):
                while asyncio.current_task() in self._stalled:
                    await asyncio.sleep(0.05)
                sink.write(data)
                await sink.drain()
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            self._stalled.discard(asyncio.current_task())
            sink.close()
