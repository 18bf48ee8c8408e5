"""A TCP proxy on the loopback address that can stop passing bytes on, or pass them on late, as a broken network does."""
import asyncio
import threading


class Proxy:
    """Runs in a thread of its own until `close`."""

    def __init__(self, target_port, listen_port=0):
        self._target_port = target_port
        self._stalled = set()  # pipes that pass nothing on
        self._dark = False     # nor do new ones
        self._pipes = set()
        self._hold_larger_than = None
        self._held = None      # the event that ends the wait of what is held back
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

    def hold_back_once(self, larger_than):
        """The next piece of more bytes than this that a client sends is kept until `release`, whatever becomes of him."""
        self._hold_larger_than = larger_than

    def release(self):
        """Passes on what was held back, if anything was."""
        self._hold_larger_than = None
        held, self._held = self._held, None
        if held:
            self._loop.call_soon_threadsafe(held.set)
        return held is not None

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
            pipe = self._loop.create_task(self._pass_on(source, sink, from_client=source is reader))
            self._pipes.add(pipe)
            if self._dark:
                self._stalled.add(pipe)
            pipe.add_done_callback(self._pipes.discard)

    async def _pass_on(self, source, sink, from_client):
        try:
            while data := await source.read(65536):
                while asyncio.current_task() in self._stalled:
                    await asyncio.sleep(0.05)
                late = from_client and self._hold_larger_than is not None and len(data) > self._hold_larger_than
                if late:
                    await self._hold_back()
                sink.write(data)
                await sink.drain()
                if late:
                    await asyncio.sleep(2)  # the server gives up a call whose client has gone
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            self._stalled.discard(asyncio.current_task())
            sink.close()

    async def _hold_back(self):
        self._hold_larger_than = None
        self._held = held = asyncio.Event()
        await held.wait()
